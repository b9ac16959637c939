// What the page says when the network or the session is gone, and what it takes up again when they are back.
const connection = () => document.getElementById("connection");
const session = () => document.getElementById("signed-out");

export function connected() {
  return navigator.onLine && session()?.hidden !== false;
}

export function signedOut() {
  if (session()) session().hidden = false;
}

function say() {
  if (connection()) connection().hidden = navigator.onLine;
  if (navigator.onLine) document.dispatchEvent(new CustomEvent("connection"));
}

// Somebody signed in again in another tab: this page goes on with the token of the new session, if it is the same person's.
async function takeUp() {
  if (document.hidden || session()?.hidden !== false) return;
  const answer = await fetch("/drafts/token", { headers: { "HX-Request": "true", "HX-Request-Type": "partial" } }).catch(() => null);
  if (!answer?.ok) return;
  const { person, token } = await answer.json();
  if (person !== document.body.dataset.person) return;
  document.querySelector("meta[name=csrf-token]").content = token;
  document.body.setAttribute("hx-headers:inherited", JSON.stringify({ "X-CSRFToken": token }));
  document.querySelectorAll("input[name=csrf_token]").forEach((input) => (input.value = token));
  session().hidden = true;
  document.dispatchEvent(new CustomEvent("connection"));
}

export function bindConnection() {
  if (!navigator.onLine) say();
  addEventListener("online", say);
  addEventListener("offline", say);
  addEventListener("focus", takeUp);
  document.addEventListener("visibilitychange", takeUp);
  document.addEventListener("signed-out", signedOut);
}

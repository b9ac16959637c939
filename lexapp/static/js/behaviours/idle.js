// The bar's data-idle="seconds": after so long without a key or a pointer while a timer runs, the next one is answered by a question.
// All tabs of this browser know when somebody was last there, and only the one where they come back asks. Nothing is stored.
const SAID_EVERY = 5_000;
const channel = "BroadcastChannel" in window ? new BroadcastChannel("lexapp-presence") : null;
let last = Date.now();
let said = 0;
let answeredTo = 0;
const me = Math.random();

const bar = () => document.getElementById("timer-bar");
const limit = () => Number(bar()?.dataset.idle ?? 0) * 1000;

function present() {
  const now = Date.now();
  const since = last;
  last = now;
  if (limit() && now - since >= limit()) ask(since, now);
  else if (now - said < SAID_EVERY) return;
  said = now;
  channel?.postMessage({ at: now });
}

// Not over an open question about a timer: after it.
function ask(since, until) {
  if (since < answeredTo) return;
  answeredTo = until;
  const open = document.querySelector("#timer-panel dialog[open]");
  if (open) open.addEventListener("close", () => show(since, until), { once: true });
  else show(since, until);
}

function show(since, until) {
  if (!limit()) return;
  const ago = (at) => Math.max(Math.round((Date.now() - at) / 1000), 0);
  window.htmx.ajax("GET", `${bar().dataset.idleUrl}?since=${ago(since)}&until=${ago(until)}`, { target: "#timer-panel", swap: "outerHTML" });
}

// Another tab says that somebody is there. A tab that was just opened cannot know for how long nobody was: it is told.
function hear({ data }) {
  if (data.to) {
    if (data.to === me && limit()) ask(data.was, data.at);
    return;
  }
  if (data.fresh && limit() && data.at - last >= limit()) channel.postMessage({ at: data.at, was: last, to: data.fresh });
  last = Math.max(last, data.at);
}

export function bindIdle() {
  for (const kind of ["keydown", "pointerdown", "pointermove", "wheel", "touchstart"]) {
    document.addEventListener(kind, present, { capture: true, passive: true });
  }
  if (!channel) return;
  channel.onmessage = hear;
  channel.postMessage({ at: last, fresh: me });
}

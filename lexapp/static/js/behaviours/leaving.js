// Signing out where the phone timer keeps something: what is unsent is sent or warned of first (on the timer's own page), and what its
// owner could see there without a network goes. Who signed out there without a network is signed out by the first page that is opened.
async function opened() {
  const known = await indexedDB.databases?.();
  if (!known?.some((base) => base.name === "lexapp-phone")) return null;
  const { Store } = await import("../phone/store.js");
  return Store.open();
}

async function kept() {
  const store = await opened();
  const person = await store?.current();
  return person && { store, person };
}

async function leaveLate() {
  const store = await opened();
  const owed = await store?.owesSignOut();
  if (!owed) return;
  const [user, firm] = document.body.dataset.person.split("-");
  if (owed === `${firm}:${user}`) document.querySelector("form[action$='/sign-out']")?.submit();
  else await store.owesSignOut(null);
}

async function leave(form) {
  const found = await kept().catch(() => null);
  if (found && (await found.store.events(found.person)).some((row) => row.state !== "sent")) return location.assign("/phone?do=leave");
  await found?.store.leave(found.person).catch(() => undefined);
  if (found) new BroadcastChannel("lexapp-phone").postMessage("left");
  return form.submit();
}

export function bindLeaving() {
  if (globalThis.indexedDB) leaveLate().catch(() => undefined);
  document.addEventListener("submit", (event) => {
    if (new URL(event.target.action).pathname !== "/sign-out" || !globalThis.indexedDB) return;
    event.preventDefault();
    leave(event.target);
  });
}

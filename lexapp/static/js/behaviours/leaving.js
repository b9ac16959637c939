// Signing out where the phone timer keeps something: what is unsent is sent or warned of first (on the timer's own page), and what its
// owner could see there without a network goes.
async function kept() {
  const known = await indexedDB.databases?.();
  if (!known?.some((base) => base.name === "lexapp-phone")) return null;
  const { Store } = await import("../phone/store.js");
  const store = await Store.open();
  const person = await store.current();
  return person && { store, person };
}

async function leave(form) {
  const found = await kept().catch(() => null);
  if (found && (await found.store.events(found.person)).some((row) => row.state !== "sent")) return location.assign("/phone?do=leave");
  await found?.store.leave(found.person).catch(() => undefined);
  if (found) new BroadcastChannel("lexapp-phone").postMessage("left");
  return form.submit();
}

export function bindLeaving() {
  document.addEventListener("submit", (event) => {
    if (new URL(event.target.action).pathname !== "/sign-out" || !globalThis.indexedDB) return;
    event.preventDefault();
    leave(event.target);
  });
}

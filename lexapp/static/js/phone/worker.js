// Keeps the timer's shell, and nothing else: no answer that knows anybody, no JSON. SHELL is written before this by the server.
const KEPT = `lexapp-phone ${SHELL.revision}`;
const FILES = new Set(SHELL.files.map((file) => new URL(file, location).pathname));

const fill = async () => {
  const cache = await caches.open(KEPT);
  // The files carry their hash: what the page has just fetched is not fetched again. The page itself does not.
  const ask = (file) => new Request(file, { cache: file === SHELL.page ? "reload" : "default", credentials: "omit" });
  await Promise.all(SHELL.files.map(async (file) => (await cache.match(file, { ignoreVary: true })) || cache.add(ask(file))));
};

addEventListener("install", (event) => event.waitUntil(fill()));

addEventListener("activate", (event) => event.waitUntil((async () => {
  for (const name of await caches.keys()) if (name.startsWith("lexapp-phone ") && name !== KEPT) await caches.delete(name);
  await clients.claim();
})()));

// A page says when no post is under way: only then does a new version take over.
addEventListener("message", (event) => {
  if (event.data === "take-over") skipWaiting();
  if (event.data === "fill") event.waitUntil(fill().catch(() => undefined));
});

// Background Sync, where a browser has it: the network is back, so whatever page of the timer is open sends. The queue is the page's.
addEventListener("sync", (event) => {
  if (event.tag !== "send") return;
  event.waitUntil(clients.matchAll({ type: "window" }).then((open) => open.forEach((one) => one.postMessage("send"))));
});

addEventListener("fetch", (event) => {
  const { pathname, origin } = new URL(event.request.url);
  if (event.request.method !== "GET" || origin !== location.origin || !FILES.has(pathname)) return;
  event.respondWith(caches.open(KEPT).then(async (cache) => (await cache.match(pathname, { ignoreVary: true })) || fetch(event.request)));
});

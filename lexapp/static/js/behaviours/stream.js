// What changed, told by the events process; asked for every few seconds where there is none. One page of a browser listens for all of
// its visible ones (a Web Lock chooses it) and hands on what it hears; a page that nobody sees hears nothing and catches up afterwards.
import { connected, signedOut } from "./connection.js";

const ASKS_EVERY = 15_000;
const LONGEST_WAIT = 60_000;
const seen = new Set();
let hear = () => {};
let source = null;
let asking = 0;
let trying = 0;
let failures = 0;
let leaves = null;
let knownAt = 0; // on the page's own clock: until then it knows everything

const channel = "BroadcastChannel" in window ? new BroadcastChannel(`changes-${document.body.dataset.person}`) : null;
const inSeconds = (milliseconds) => (milliseconds / 1000).toFixed(1);
const missed = () => `ago=${inSeconds(performance.now() - knownAt)}&page_age=${inSeconds(performance.now())}`;
const isNew = (hint) => !hint.id || !seen.has(hint.id);

function take(hints) {
  knownAt = performance.now();
  const fresh = hints.filter(isNew);
  fresh.forEach((hint) => seen.add(hint.id));
  if (fresh.length) hear(fresh);
}

// Other pages may be younger than what this one asks about again: they are told only what is new here.
function told(hints) {
  channel?.postMessage(hints.filter(isNew));
  take(hints);
}

async function ask() {
  if (!connected()) return;
  const answer = await fetch(`/changes?${missed()}`, { headers: { Accept: "application/json" } }).catch(() => null);
  if (answer?.status === 401) {
    stop();
    signedOut();
  } else if (answer?.ok && answer.headers.get("Content-Type")?.startsWith("application/json")) told(await answer.json());
}

function fail() {
  source?.close();
  source = null;
  delete document.documentElement.dataset.live;
  failures += 1;
  ask();
  asking ||= setInterval(ask, ASKS_EVERY);
  const wait = Math.min(LONGEST_WAIT, 1000 * 2 ** failures) * (0.5 + Math.random());
  trying = setTimeout(listen, wait);
}

function listen() {
  const address = document.body.dataset.events;
  if (!address) {
    asking ||= setInterval(ask, ASKS_EVERY);
    return;
  }
  source = new EventSource(`${address}/events?${missed()}`, { withCredentials: true });
  source.addEventListener("open", () => {
    failures = 0;
    clearInterval(asking);
    asking = 0;
    document.documentElement.dataset.live = "on";
  });
  source.addEventListener("message", (event) => told(JSON.parse(event.data)));
  source.addEventListener("error", fail);
}

// Resolves when the page is hidden: the lock goes to another one.
const lead = () => new Promise((resolve) => {
  leaves.signal.addEventListener("abort", resolve);
  listen();
});

function start() {
  if (leaves || document.hidden || !document.body.dataset.person) return;
  leaves = new AbortController();
  if (!navigator.locks || !channel) {
    lead();
    return;
  }
  const { signal } = leaves;
  navigator.locks.request(`changes-${document.body.dataset.person}`, { signal }, lead).catch(() => null);
  setTimeout(() => !source && !asking && !signal.aborted && ask(), 1000);
}

function stop() {
  leaves?.abort();
  leaves = null;
  source?.close();
  source = null;
  clearInterval(asking);
  clearTimeout(trying);
  asking = 0;
  failures = 0;
  delete document.documentElement.dataset.live;
}

export function followChanges(listener) {
  hear = listener;
  channel?.addEventListener("message", (event) => document.hidden || take(event.data));
  document.addEventListener("visibilitychange", () => (document.hidden ? stop() : start()));
  document.addEventListener("connection", start);
  addEventListener("pagehide", stop);
  addEventListener("pageshow", start);
  start();
}

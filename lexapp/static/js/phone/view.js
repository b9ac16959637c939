// From what the server said and what is kept here to what the screen shows. Nothing here touches a page or a clock.
import { happenedAt } from "./queue.js";
import { asks, lastSeen } from "./quiet.js";
import { billedHundredths, keptSeconds, track } from "./told.js";

const RULE = { increment: 360, direction: "up", minimum: 0 };
const PARKED = {
  matter_is_closed: "This matter was closed meanwhile. Your note is safe; choose another matter.",
  matter_unknown: "This matter is not one of yours. Your note is safe; choose another matter.",
  time_is_locked: "This day is closed. Your note is safe; ask for an exception, then record it from the tray.",
  timer_without_minutes: "All its minutes were taken off, or are in another timer. Resolve it in the tray.",
  timer_is_empty: "Stopped before a second had passed. Resolve it in the tray.",
  timer_over_a_day: "It ran for more than a day. Resolve it in the tray.",
};

// What may be kept on the phone between two meetings with the server: names only where the firm allows it.
export function toKeep(state) {
  const kept = { ...state, csrf: "" };
  if (state.firm.keeps_matters) return kept;
  const nameless = (one) => ({ ...one, title: "", narrative: "" });
  return { ...kept, recent: [], matters: null, timers: state.timers.map((one) => ({ ...one, title: "" })), entries: state.entries.map(nameless) };
}

export function titlesOf(state, more = new Map()) {
  const titles = new Map(more);
  for (const [id, , title] of [...(state?.matters ?? []), ...(state?.recent ?? [])]) titles.set(id, title);
  for (const timer of state?.timers ?? []) if (timer.title) titles.set(timer.matter, timer.title);
  return titles;
}

function gather(state, rows) {
  const found = new Map();
  const at = (key) => found.get(key) ?? found.set(key, { key, events: [], rows: [], reasons: [], seen: null, wanted: null }).get(key);
  for (const timer of state?.timers ?? []) {
    at(timer.key).seen = timer.seen ?? null;
    for (const { id, type, at: when, device, seq, said, known, outcome, reason } of timer.events) {
      at(timer.key).events.push({ id, kind: type, at: Date.parse(when), device, sequence: seq, said, known });
      if (outcome === "parked" && reason) at(timer.key).reasons.push(reason);
      if (reason === "matter_is_closed") at(timer.key).wanted = said.wanted_matter_id ?? null;
    }
  }
  for (const row of rows) {
    const { event } = row;
    const timer = at(event.timer);
    timer.rows.push(row);
    if (timer.events.some((one) => one.id === row.id)) continue;
    timer.events.push({ id: row.id, kind: event.type, at: happenedAt(event), device: "here", sequence: row.seq, said: event.said, known: event.known });
  }
  return [...found.values()];
}

function describe({ key, events, rows, reasons, seen, wanted }, titles) {
  const told = track(events);
  const { matter_id: matter = null, label = "", narrative = "", recorded_seconds: typed = null } = told.fields;
  const name = matter === null ? label || titles.get(wanted) || "No matter yet" : titles.get(matter) || label || "A matter (its name is not kept here)";
  const unsent = rows.some((row) => row.state === "unsent");
  const rejected = rows.find((row) => row.state === "rejected")?.answer ?? null;
  const parked = matter === null ? reasons.map((reason) => PARKED[reason]).find(Boolean) : reasons.map((reason) => PARKED[reason]).findLast(Boolean);
  return { key, told, seen, state: told.state, matter, label, narrative, typed, name, unsent, rejected, parked: parked ?? "" };
}

export function look({ state, rows, now, titles }) {
  const rule = state?.firm ?? RULE;
  const timers = gather(state, rows).map((one) => describe(one, titles)).filter((one) => one.state && one.state !== "discarded");
  const recorded = new Set((state?.entries ?? []).map((entry) => entry.timer).filter(Boolean));
  const latest = (a, b) => b.told.startedAt - a.told.startedAt;
  const stopped = timers.filter((one) => one.state === "stopped" && (!recorded.has(one.key) || one.unsent || one.rejected)).sort(latest);
  const waiting = stopped.map((one) => ({ ...one, hundredths: billedHundredths(one.typed ?? keptSeconds(one.told, now), state?.rules?.[one.matter] ?? rule) }));
  const entries = (state?.entries ?? []).filter((entry) => !waiting.some((one) => one.key === entry.timer));
  return {
    running: timers.filter((one) => one.state === "running").sort(latest),
    asking: timers.filter((one) => asks(one, rule.forgotten_after, now)).sort(latest).map((one) => ({ ...one, last: lastSeen(one, rows, now) })),
    paused: timers.filter((one) => one.state === "paused").sort(latest),
    waiting,
    entries,
    unsent: rows.filter((row) => row.state === "unsent").length,
    rejected: rows.filter((row) => row.state === "rejected"),
    hundredths: [...waiting, ...entries].reduce((sum, one) => sum + one.hundredths, 0),
    toResolve: state?.to_resolve ?? 0,
  };
}

// By all the words, in number or name; what begins with the first word comes first.
export function findMatters(matters, words, most = 20) {
  const wanted = words.toLowerCase().split(/\s+/).filter(Boolean);
  const hits = [];
  for (const matter of matters) {
    const text = `${matter[1]} ${matter[2]}`.toLowerCase();
    if (wanted.every((word) => text.includes(word))) hits.push(matter);
    if (hits.length === most) break;
  }
  return hits;
}

const onDay = (at) => new Date(at).toLocaleDateString("en-US", { month: "short", day: "numeric" });
export const lately = (at, now) => (onDay(at) === onDay(now) ? timeOfDay(at) : `${onDay(at)}, ${timeOfDay(at)}`);
const two = (number) => String(number).padStart(2, "0");
export const clockParts = (seconds) => [`${Math.floor(seconds / 3600)}:${two(Math.floor(seconds / 60) % 60)}`, `:${two(seconds % 60)}`];
export const hours = (hundredths) => (hundredths % 10 ? (hundredths / 100).toFixed(2) : (hundredths / 100).toFixed(1));
export const timeOfDay = (at) => new Date(at).toLocaleTimeString("en-US", { hour: "numeric", minute: "2-digit" }).toLowerCase();
export const span = (from, to) => (from && to ? `${timeOfDay(from).replace(/ [ap]m$/, "")}–${timeOfDay(to)}` : "");

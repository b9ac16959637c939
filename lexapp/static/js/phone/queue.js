// What the queue knows without a browser around it: how an event is made, what a post holds, and what an answer means.
export const SCHEMA = 1;
export const CHUNK = 200;
const FIRST_WAIT = 5_000;
const LONGEST_WAIT = 300_000;
const OUTCOMES = new Set(["applied", "duplicate", "conflict", "parked"]);

// RFC 9562, version 7: in the order in which they were made.
export function uuid7(now, bytes = crypto.getRandomValues(new Uint8Array(10))) {
  const hex = now.toString(16).padStart(12, "0") + [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  const variant = (8 + (parseInt(hex[16], 16) & 3)).toString(16);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-7${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20)}`;
}

// `clock`: { wall (ms), monotonic (ms), page, ahead (ms or null), offset (minutes east of UTC) }. `seq` is given when it is kept.
// `said` may depend on when it happens, by the server's clock (ms): then it is a function of that.
export function makeEvent({ person, clock, timer, type, said = {}, known = {} }) {
  const event = { id: uuid7(clock.wall), timer, type, at: new Date(clock.wall).toISOString(), offset: clock.offset };
  Object.assign(event, { monotonic: clock.monotonic, page: clock.page, user: person.user, firm: person.firm, known });
  if (clock.ahead !== null) event.ahead = clock.ahead;
  return { ...event, said: typeof said === "function" ? said(happenedAt(event)) : said };
}

export function makePost({ person, clock, label, events }) {
  const sent = { sent_at: new Date(clock.wall).toISOString(), monotonic: clock.monotonic, page: clock.page, ahead: clock.ahead };
  return { schema: SCHEMA, device: person.device, label, ...sent, events };
}

// When it happened by the server's clock, as far as this device knows it: whole seconds, in ms.
export function happenedAt(event) {
  return Math.floor((Date.parse(event.at) - (event.ahead ?? 0)) / 1000) * 1000;
}

// What the server said, event by event: { acknowledged: Map(id -> answer), rejected: Map(id -> answer) }.
// null: this is no answer to the post (another page, a portal's, half of one), and nothing of it was acknowledged.
export function readAnswer({ status, type, body }, sent) {
  if (status !== 200 || !/^application\/json\b/.test(type ?? "")) return null;
  if (body?.lexapp !== "timer-sync" || !Array.isArray(body.answers)) return null;
  const asked = new Set(sent.map((event) => event.id));
  const found = { acknowledged: new Map(), rejected: new Map() };
  for (const answer of body.answers) {
    if (!asked.has(answer?.id)) continue;
    if (OUTCOMES.has(answer.outcome)) found.acknowledged.set(answer.id, answer);
    else if (answer.outcome === "rejected") found.rejected.set(answer.id, answer);
  }
  return found;
}

// What follows when a post of so many events was not answered for. "halve": smaller ones tell which event it is; "suspect": it is this one,
// unless the office fails at anything.
export function afterFailure(status, count) {
  if (status === 401) return "signed-out";
  if (status === 422 || status === 403) return "refused";
  if (status === 500 || status === 413) return count > 1 ? "halve" : "suspect";
  return "away";
}

// The answer that an event is given here when the office fails at it, alone, and works otherwise.
export const SET_ASIDE = {
  outcome: "rejected",
  reason: "server_failed",
  message: "The office failed at this one; the rest went through. It is kept and tried again by itself. If it stays, record the time by hand.",
};

// How long to wait after so many failures in a row, in ms; the jitter keeps phones from coming back all at once.
export function backoff(failures, random = Math.random()) {
  return failures === 0 ? 0 : Math.min(FIRST_WAIT * 2 ** (failures - 1), LONGEST_WAIT) * (0.75 + random / 2);
}

// A timer is what its events say: the same telling as lexapp/domain/timer_events.py, for showing timers while there is no network.
// Who gets minutes in which several ran is the rule of lexapp/domain/timer_shares.py.
// An event: { id, kind, at (ms), device, sequence, said: {}, known: {} }. A stretch: [start, end or null], both in ms.
const MOVES = new Set(["start", "pause", "resume", "stop", "discard", "restore", "give_up"]);
const ENDED = new Set(["stopped", "discarded"]);
const VOUCHED = new Set(["start", "resume", "keep", "trim"]);
const REST = { pause: "paused", stop: "stopped", discard: "discarded", give_up: "discarded" };
const order = (one, other) => (one < other ? -1 : one > other ? 1 : 0);

export function inOrder(events) {
  return [...events].sort((a, b) =>
    a.at - b.at || (a.kind !== "start") - (b.kind !== "start") || order(a.device, b.device) || a.sequence - b.sequence || order(a.id, b.id));
}

class Teller {
  state = null;
  stretches = [];
  trims = [];
  vouchedAt = null;
  fields = {};
  startedAt = null;
  endedAt = null;
  endedBy = "";
  clashes = [];
  runsOnSince = null;
  #setBy = {};

  tell(event) {
    if (VOUCHED.has(event.kind)) this.vouchedAt = event.at;
    if (event.kind === "trim") return this.#trim(event);
    if (MOVES.has(event.kind)) this.#move(event);
    else if (event.kind === "quick_entry" && this.state === null) {
      Object.assign(this, { state: "stopped", startedAt: event.at, endedAt: event.at, endedBy: event.id });
    }
    return this.#say(event);
  }

  #trim({ at, said = {} }) {
    const { since_seconds: since, until_seconds: until } = said;
    if (Number.isInteger(since) && Number.isInteger(until) && since > until && until >= 0) this.trims.push([at - since * 1000, at - until * 1000]);
  }

  #move(event) {
    if (ENDED.has(this.state)) this.#afterEnd(event);
    else if (event.kind === "start" || event.kind === "resume") this.#run(event);
    else if (event.kind in REST && this.state !== null) this.#rest(event);
  }

  #run(event) {
    if (this.state === null && event.kind !== "start") return;
    if (this.state !== "running") this.stretches.push([event.at, null]);
    this.state = "running";
    this.startedAt ??= event.at;
  }

  #rest(event) {
    if (this.state === "running") this.stretches.at(-1)[1] = event.at;
    this.state = REST[event.kind];
    if (ENDED.has(this.state)) Object.assign(this, { endedAt: event.at, endedBy: event.id });
  }

  #afterEnd(event) {
    if (event.kind === "restore" && this.state === "discarded") Object.assign(this, { state: "paused", endedAt: null, endedBy: "" });
    else if (event.kind === "give_up") this.state = "discarded";
    else if (event.kind === "resume") this.runsOnSince ??= event.at;
    else if (event.kind === "pause" || event.kind === "stop") this.#clashOverEnd(event);
  }

  #clashOverEnd(event) {
    if (this.runsOnSince !== null) {
      this.clashes.push({ kind: "after_end", event: event.id, seconds: Math.floor((event.at - this.runsOnSince) / 1000) });
      this.runsOnSince = null;
    } else if (event.at > (this.endedAt ?? event.at)) {
      this.clashes.push({ kind: "two_ends", event: event.id, seconds: Math.floor((event.at - this.endedAt) / 1000) });
    }
  }

  #say(event) {
    for (const [name, value] of Object.entries(event.said ?? {})) {
      const [device, current] = this.#setBy[name] ?? [event.device, value];
      const known = event.known ?? {};
      if (name in known && device !== event.device && current !== known[name] && current !== value) {
        this.clashes.push({ kind: "two_texts", event: event.id, field: name, value: current });
      }
      this.fields[name] = value;
      this.#setBy[name] = [event.device, value];
    }
  }
}

export function track(events) {
  const teller = new Teller();
  for (const event of inOrder(events)) teller.tell(event);
  return teller;
}

const seconds = (stretches, until) =>
  stretches.reduce((sum, [start, end]) => sum + Math.max(Math.floor(((end ?? Math.max(until, start)) - start) / 1000), 0), 0);

export const measuredSeconds = (told, until) => seconds(told.stretches, until);
export const keptSeconds = (told, until) => seconds(pieces(told).filter(([, , counts]) => counts), until);

// The stretches, cut where something was taken off: [from, to or null, whether it counts].
export function pieces({ stretches, trims = [] }) {
  const offs = [...trims].sort((a, b) => a[0] - b[0] || a[1] - b[1]);
  return stretches.flatMap((stretch) => cut(stretch, offs));
}

function cut([from, stop], offs) {
  const found = [];
  let start = from;
  for (const [offFrom, offTo] of offs) {
    const begin = Math.max(start, offFrom);
    const end = stop === null ? offTo : Math.min(stop, offTo);
    if (begin >= end) continue;
    if (begin > start) found.push([start, begin, true]);
    found.push([begin, end, false]);
    start = end;
  }
  if (stop === null || start < stop || !found.length) found.push([start, stop, true]);
  return found;
}

// Seconds by timer key. `rule`: split, first or last. `timers`: { key, told }.
export function shareOut(timers, rule, until) {
  const all = timers.flatMap(({ key, told }) => counting(key, told, until));
  const edges = [...new Set(all.flatMap(({ start, stop }) => [start, stop]))].sort((a, b) => a - b);
  const counted = Object.fromEntries(timers.map(({ key }) => [key, 0]));
  const together = new Map();
  edges.slice(1).forEach((following, place) => {
    const running = all.filter(({ start, stop }) => start <= edges[place] && stop >= following);
    running.sort((a, b) => a.pressed - b.pressed); // what was pressed in the same second stays in the order given
    const keys = [...new Set(running.map(({ key }) => key))];
    const name = JSON.stringify(keys);
    if (keys.length) together.set(name, (together.get(name) ?? 0) + Math.floor((following - edges[place]) / 1000));
  });
  for (const [name, whole] of together) {
    const keys = JSON.parse(name);
    const chosen = { first: 0, last: keys.length - 1 }[rule];
    keys.forEach((key, place) => {
      const part = Math.floor(whole / keys.length) + (place < whole % keys.length ? 1 : 0);
      counted[key] += chosen === undefined ? part : whole * (place === chosen);
    });
  }
  return counted;
}

function counting(key, told, until) {
  let pressed = null;
  let last = null;
  return pieces(told).flatMap(([start, end, counts]) => {
    const stop = end ?? Math.max(Math.floor(until / 1000) * 1000, start);
    if (pressed === null || last !== start) pressed = start;
    last = stop;
    return counts && stop > start ? [{ key, start, stop, pressed }] : [];
  });
}

// Hundredths of an hour that these seconds will be billed, by the firm's rule: a forecast, the server's word counts.
export function billedHundredths(seconds, { increment, direction, minimum }) {
  if (seconds <= 0) return 0;
  const step = { up: Math.ceil, down: Math.floor, nearest: Math.round }[direction] ?? Math.ceil;
  return Math.round(Math.max(step(seconds / increment) * increment, minimum) / 36);
}

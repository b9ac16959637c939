// A timer is what its events say: the same telling as lexapp/domain/timer_events.py, for showing timers while there is no network.
// An event: { id, kind, at (ms), device, sequence, said: {}, known: {} }. A stretch: [start, end or null], both in ms.
const MOVES = new Set(["start", "pause", "resume", "stop", "discard", "restore"]);
const ENDED = new Set(["stopped", "discarded"]);
const REST = { pause: "paused", stop: "stopped", discard: "discarded" };
const order = (one, other) => (one < other ? -1 : one > other ? 1 : 0);

export function inOrder(events) {
  return [...events].sort((a, b) =>
    a.at - b.at || (a.kind !== "start") - (b.kind !== "start") || order(a.device, b.device) || a.sequence - b.sequence || order(a.id, b.id));
}

class Teller {
  state = null;
  stretches = [];
  fields = {};
  startedAt = null;
  endedAt = null;
  endedBy = "";
  clashes = [];
  runsOnSince = null;
  #setBy = {};

  tell(event) {
    if (MOVES.has(event.kind)) this.#move(event);
    else if (event.kind === "quick_entry" && this.state === null) {
      Object.assign(this, { state: "stopped", startedAt: event.at, endedAt: event.at, endedBy: event.id });
    }
    this.#say(event);
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

export function measuredSeconds(told, until) {
  return told.stretches.reduce((sum, [start, end]) => sum + Math.max(Math.floor(((end ?? Math.max(until, start)) - start) / 1000), 0), 0);
}

// Hundredths of an hour that these seconds will be billed, by the firm's rule: a forecast, the server's word counts.
export function billedHundredths(seconds, { increment, direction, minimum }) {
  if (seconds <= 0) return 0;
  const step = { up: Math.ceil, down: Math.floor, nearest: Math.round }[direction] ?? Math.ceil;
  return Math.round(Math.max(step(seconds / increment) * increment, minimum) / 36);
}

// Between the queue and the server: what is kept is sent by one tab at a time, and stays until the server has answered for it.
import { CHUNK, SET_ASIDE, afterFailure, backoff, makePost, readAnswer } from "./queue.js";

const PATIENCE = 30_000;

async function fetchJson(address, options = {}) {
  const headers = { Accept: "application/json", ...options.headers };
  try {
    const answer = await fetch(address, { ...options, headers, redirect: "manual", cache: "no-store", signal: AbortSignal.timeout(PATIENCE) });
    const type = answer.headers.get("Content-Type") ?? "";
    const body = /^application\/json\b/.test(type) ? await answer.json().catch(() => null) : null;
    return { status: answer.status, type, body };
  } catch {
    return { status: 0, type: "", body: null };
  }
}

// `device`: its key here, to hear how far the office has heard of it.
export async function askForState(device = "") {
  const before = Date.now();
  const answer = await fetchJson(`/phone/state?device=${device}`);
  if (answer.status === 200 && answer.body?.lexapp === "phone") {
    return { kind: "here", state: answer.body, ahead: Math.round((before + Date.now()) / 2 - Date.parse(answer.body.now)) };
  }
  const kinds = { 401: "signed-out", 403: "refused" };
  return { kind: (answer.body && kinds[answer.status]) || "away" };
}

export async function askForMatters(words) {
  const { status, body } = await fetchJson(`/phone/matters?q=${encodeURIComponent(words)}`);
  return status === 200 && body?.lexapp === "phone" ? body.matters : null;
}

// Whether the session is over: the server's own word, not that something answered.
export async function endSession(csrf) {
  await fetchJson("/sign-out", { method: "POST", headers: { "X-CSRFToken": csrf } });
  return (await askForState()).kind === "signed-out";
}

export class Sender {
  failures = 0;
  notBefore = 0;
  underWay = false;
  #chunk = CHUNK;
  #searching = false; // for the one event that the office fails at

  constructor(store, clock, label) {
    Object.assign(this, { store, clock, label });
  }

  get waits() {
    return Date.now() < this.notBefore;
  }

  // "sent", "nothing", "elsewhere" (another tab is at it), "signed-out", "refused" (with this.refusal) or "away".
  async flush(person, csrf) {
    this.underWay = true;
    try {
      const outcome = await navigator.locks.request(`lexapp-phone ${person.id}`, { ifAvailable: true }, (lock) =>
        lock ? this.#sendAll(person, csrf) : "elsewhere");
      this.#note(outcome);
      return outcome;
    } finally {
      this.underWay = false;
    }
  }

  #note(outcome) {
    if (outcome === "away" || outcome === "refused") this.failed();
    else this.failures = this.notBefore = 0;
  }

  failed() {
    this.failures += 1;
    this.notBefore = Date.now() + backoff(this.failures);
  }

  async #sendAll(person, csrf) {
    for (let outcome = "nothing"; ; outcome = "sent") {
      const waiting = await this.store.nextUnsent(person, this.#chunk);
      if (!waiting.length) return this.#whole(outcome);
      const failed = await this.#send(person, csrf, waiting.map((row) => row.event));
      if (failed) return failed;
    }
  }

  #whole(outcome) {
    this.#chunk = CHUNK;
    this.#searching = false;
    return outcome;
  }

  #post(person, csrf, events) {
    const headers = { "Content-Type": "application/json", "X-CSRFToken": csrf };
    return fetchJson("/timer/sync", { method: "POST", headers, body: JSON.stringify(makePost({ person, clock: this.clock(), label: this.label, events })) });
  }

  async #send(person, csrf, events) {
    const answer = await this.#post(person, csrf, events);
    const found = readAnswer(answer, events);
    if (!found) return this.#failure(answer, person, csrf, events);
    await this.store.settle(found, Date.now());
    if (!this.#searching) this.#chunk = CHUNK;
    return found.acknowledged.size + found.rejected.size ? null : "away";
  }

  async #failure({ status, body }, person, csrf, events) {
    const means = afterFailure(status, events.length);
    this.refusal = body?.message ?? "";
    if (status >= 500 || status === 413) this.#chunk = Math.max(Math.floor(events.length / 2), 1);
    if (means === "halve") this.#searching = true;
    if (means === "suspect") return this.#setAside(person, csrf, events[0]);
    return means === "halve" ? null : means;
  }

  // One event that the office fails at must not hold up the others: an empty post tells whether it fails at everything.
  async #setAside(person, csrf, event) {
    if (!readAnswer(await this.#post(person, csrf, []), [])) return "away";
    await this.store.settle({ acknowledged: new Map(), rejected: new Map([[event.id, SET_ASIDE]]) }, Date.now());
    return this.#whole(null);
  }
}

// Between the queue and the server: what is kept is sent by one tab at a time, and stays until the server has answered for it.
import { CHUNK, backoff, makePost, readAnswer } from "./queue.js";

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

export async function askForState() {
  const before = Date.now();
  const answer = await fetchJson("/phone/state");
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
      if (!waiting.length) return outcome;
      const failed = await this.#send(person, csrf, waiting.map((row) => row.event));
      if (failed) return failed;
    }
  }

  async #send(person, csrf, events) {
    const post = makePost({ person, clock: this.clock(), label: this.label, events });
    const headers = { "Content-Type": "application/json", "X-CSRFToken": csrf };
    const answer = await fetchJson("/timer/sync", { method: "POST", headers, body: JSON.stringify(post) });
    const found = readAnswer(answer, events);
    if (!found) return this.#failure(answer);
    await this.store.settle(found, Date.now());
    this.#chunk = CHUNK;
    return found.acknowledged.size + found.rejected.size ? null : "away";
  }

  #failure({ status, body }) {
    if (status === 401) return "signed-out";
    if (status >= 500 || status === 413) this.#chunk = Math.max(Math.floor(this.#chunk / 2), 1);
    this.refusal = body?.message ?? "";
    return status === 422 || status === 403 ? "refused" : "away";
  }
}

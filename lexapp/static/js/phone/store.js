// What this device keeps: events until the server has answered for them, and what their owner may see without a network.
// Everything said is encrypted with a key of its person that no script can read out.
const KEEP_ACKNOWLEDGED = 30 * 86_400_000;
const WAITING = new Set(["unsent", "rejected"]); // what its owner would lose with this device
const SHOWN = ["unsent", "sent", "rejected"]; // the rest is kept for an office that lost it
const ask = (request) => new Promise((resolve, reject) => {
  request.onsuccess = () => resolve(request.result);
  request.onerror = () => reject(request.error);
});
const done = (work) => new Promise((resolve, reject) => {
  work.oncomplete = () => resolve();
  work.onabort = work.onerror = () => reject(work.error);
});
const nameOf = ({ user, firm }) => `${firm}:${user}`;

function build(base) {
  base.createObjectStore("people", { keyPath: "id" });
  base.createObjectStore("events", { keyPath: "id" }).createIndex("queue", ["person", "state", "seq"]);
  base.createObjectStore("facts", { keyPath: "id" });
  base.createObjectStore("acknowledged", { keyPath: "id" }).createIndex("at", "at");
}

async function close(key, value) {
  const iv = crypto.getRandomValues(new Uint8Array(12));
  return { iv, data: await crypto.subtle.encrypt({ name: "AES-GCM", iv }, key, new TextEncoder().encode(JSON.stringify(value))) };
}

async function disclose(key, box) {
  return JSON.parse(new TextDecoder().decode(await crypto.subtle.decrypt({ name: "AES-GCM", iv: box.iv }, key, box.data)));
}

const queueOf = (person, ...state) => IDBKeyRange.bound([person.id, ...state], [person.id, ...state, []]);

export class Store {
  #opened = new Map(); // what was decrypted once in this tab: a backlog of thousands is read many times

  static async open() {
    const request = indexedDB.open("lexapp-phone", 1);
    request.onupgradeneeded = () => build(request.result);
    const store = new Store();
    store.base = await ask(request);
    store.base.onversionchange = () => store.base.close();
    return store;
  }

  // Strict: the browser says so only when it is on the disk.
  #write(...names) {
    return this.base.transaction(names, "readwrite", { durability: "strict" });
  }

  #get(name, id) {
    return ask(this.base.transaction(name).objectStore(name).get(id));
  }

  async current() {
    const found = await this.#get("facts", "current");
    return found ? this.#get("people", found.person) : null;
  }

  // From now on this person is at the device; whoever was there before keeps what they have not sent.
  async enter({ user, firm }) {
    const id = nameOf({ user, firm });
    if (!(await this.#get("people", id))) {
      const key = await crypto.subtle.generateKey({ name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"]);
      const work = this.#write("people");
      const people = work.objectStore("people");
      if (!(await ask(people.get(id)))) people.put({ id, user, firm, device: crypto.randomUUID(), key, sequence: 0, ahead: null });
      await done(work);
    }
    await this.#put("facts", { id: "current", person: id });
    return this.#get("people", id);
  }

  async #put(name, row) {
    const work = this.#write(name);
    work.objectStore(name).put(row);
    await done(work);
  }

  async setAhead(person, ahead) {
    const work = this.#write("people");
    const people = work.objectStore("people");
    const row = await ask(people.get(person.id));
    if (row) people.put({ ...row, ahead });
    await done(work);
    person.ahead = ahead;
  }

  // All or none of the events, each with the next number of its person: without a gap, however many tabs are open.
  async keep(person, events) {
    const boxes = await Promise.all(events.map((event) => close(person.key, event)));
    const work = this.#write("people", "events");
    const people = work.objectStore("people");
    const row = await ask(people.get(person.id));
    events.forEach((event, place) => {
      row.sequence += 1;
      work.objectStore("events").put({ id: event.id, person: person.id, seq: row.sequence, box: boxes[place], state: "unsent" });
    });
    people.put(row);
    await done(work);
  }

  async #rows(range, most) {
    return ask(this.base.transaction("events").objectStore("events").index("queue").getAll(range, most));
  }

  async #open(person, { box, ...row }) {
    if (!this.#opened.has(row.id)) this.#opened.set(row.id, { ...(await disclose(person.key, box)), seq: row.seq });
    return { ...row, event: this.#opened.get(row.id) };
  }

  // [{ id, seq, state: "unsent" | "sent" | "rejected", answer, event }] in the order in which they were kept.
  async events(person) {
    const found = await Promise.all(SHOWN.map((state) => this.#rows(queueOf(person, state))));
    const rows = found.flat().sort((a, b) => a.seq - b.seq);
    return Promise.all(rows.map((row) => this.#open(person, row)));
  }

  // The first so many that were not sent.
  async nextUnsent(person, most) {
    const rows = await this.#rows(queueOf(person, "unsent"), most);
    return Promise.all(rows.map((row) => this.#open(person, row)));
  }

  async unsentOfOthers(person) {
    const work = this.base.transaction(["people", "events"]);
    const others = (await ask(work.objectStore("people").getAll())).filter((one) => one.id !== person?.id);
    const queue = work.objectStore("events").index("queue");
    const counts = others.flatMap((one) => [...WAITING].map((state) => ask(queue.count(queueOf(one, state)))));
    return (await Promise.all(counts)).reduce((sum, count) => sum + count, 0);
  }

  // An acknowledged event is shown until what the server makes of it is known here (`putAway`), a rejected one until its owner decides.
  async settle({ acknowledged, rejected }, now) {
    const work = this.#write("events", "acknowledged");
    const events = work.objectStore("events");
    const settle = (state, known) => async ([id, { outcome, reason, message }]) => {
      const row = await ask(events.get(id));
      if (row) events.put({ ...row, state, answer: { outcome, reason, message, at: now } });
      if (known) known.put({ id, at: now });
    };
    await Promise.all([...[...acknowledged].map(settle("sent", work.objectStore("acknowledged"))), ...[...rejected].map(settle("rejected"))]);
    const old = IDBKeyRange.upperBound(now - KEEP_ACKNOWLEDGED);
    for (const id of await ask(work.objectStore("acknowledged").index("at").getAllKeys(old))) for (const store of [events, work.objectStore("acknowledged")]) store.delete(id);
    await done(work);
  }

  async #turn(ids, change) {
    const work = this.#write("events");
    const events = work.objectStore("events");
    await Promise.all(ids.map(async (id) => {
      const row = await ask(events.get(id));
      if (row) events.put(change(row));
    }));
    await done(work);
  }

  // Taken by the office and shown by its own word from now on: kept aside, encrypted, in case that the office loses it.
  async putAway(ids) {
    await this.#turn(ids, (row) => ({ ...row, state: "kept" }));
    for (const id of ids) this.#opened.delete(id);
  }

  // To be sent (once more).
  async ask(ids) {
    await this.#turn(ids, ({ answer, ...row }) => ({ ...row, state: "unsent" }));
  }

  // { id, seq } of what the office has acknowledged and this device still has.
  async acknowledged(person) {
    const found = await Promise.all(["sent", "kept"].map((state) => this.#rows(queueOf(person, state))));
    return found.flat().map(({ id, seq }) => ({ id, seq }));
  }

  async forget(ids) {
    const work = this.#write("events");
    for (const id of ids) {
      work.objectStore("events").delete(id);
      this.#opened.delete(id);
    }
    await done(work);
  }

  async remember(person, value) {
    await this.#put("facts", { id: `state:${person.id}`, box: await close(person.key, value) });
  }

  async recall(person) {
    const row = await this.#get("facts", `state:${person.id}`);
    return row ? disclose(person.key, row.box) : null;
  }

  // The person goes: what they may see goes with them. Their key stays only as long as it opens something that was not sent.
  async leave(person) {
    const rows = await this.#rows(queueOf(person));
    this.#opened.clear();
    const waiting = rows.some((row) => WAITING.has(row.state));
    const work = this.#write("people", "events", "facts");
    for (const row of rows) if (!WAITING.has(row.state)) work.objectStore("events").delete(row.id);
    for (const id of ["current", `state:${person.id}`]) work.objectStore("facts").delete(id);
    if (!waiting) work.objectStore("people").delete(person.id);
    await done(work);
  }

  // Who signed out while the office was out of reach: their name in the people's list, or null.
  async owesSignOut(name) {
    if (name === undefined) return (await this.#get("facts", "owes-sign-out"))?.person ?? null;
    return this.#put("facts", { id: "owes-sign-out", person: name });
  }
}

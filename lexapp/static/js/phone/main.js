// The phone timer. Everything is kept on the phone first and shown as said; sending it is another matter.
import { askWhetherForgotten } from "./asking.js";
import { SETTLE_MS, closeSheet, say, settle } from "./dom.js";
import { makeEvent } from "./queue.js";
import { render, tick } from "./screen.js";
import { Sender, askForMatters, askForState, endSession } from "./sending.js";
import * as sheets from "./sheets.js";
import { Store } from "./store.js";
import { look, titlesOf, toKeep } from "./view.js";

const PAGE = crypto.randomUUID?.() ?? "insecure";
const TYPING_MS = 600;
const AGAIN_MS = 30_000;
const AFTER_MS = 600_000;
const LABEL = `Phone, ${navigator.userAgentData?.platform ?? navigator.platform ?? ""}`.slice(0, 100);

class App {
  person = null;
  state = null;
  rows = [];
  signedOut = false;
  away = !navigator.onLine;
  refused = false;
  refusal = "";
  others = 0;
  persisted = null;
  #titles = new Map();
  #typing = null;
  #syncing = null;
  #again = false;
  #pressed = new Set();

  async begin() {
    this.store = await Store.open();
    this.sender = new Sender(this.store, () => this.clock(), LABEL);
    this.channel = new BroadcastChannel("lexapp-phone");
    this.channel.onmessage = () => this.reload();
    this.person = await this.store.current();
    if (this.person) this.state = await this.store.recall(this.person);
    await this.reload();
    navigator.storage?.persisted?.().then((answer) => { this.persisted = answer; });
    this.sync(true);
  }

  get now() {
    return Date.now() - (this.person?.ahead ?? 0);
  }

  get keepsMatters() {
    return Boolean(this.state?.matters);
  }

  clock() {
    const wall = Date.now();
    return { wall, monotonic: Math.round(performance.now()), page: PAGE, ahead: this.person?.ahead ?? null, offset: -new Date(wall).getTimezoneOffset() };
  }

  async reload() {
    const current = await this.store.current();
    if (current?.id !== this.person?.id) [this.person, this.state] = [current, current && (await this.store.recall(current))];
    this.rows = this.person ? await this.store.events(this.person) : [];
    this.others = await this.store.unsentOfOthers(this.person);
    this.show();
  }

  view() {
    this.#titles = titlesOf(this.state, this.#titles);
    return look({ state: this.state, rows: this.rows, now: this.now, titles: this.#titles });
  }

  show() {
    const view = this.view();
    document.body.dataset.unsent = String(view.unsent);
    document.body.dataset.person = this.person ? "known" : "";
    document.getElementById("initial").textContent = this.state?.firm.initial ?? "L";
    document.getElementById("person").textContent = this.state?.user.initials ?? "";
    navigator.setAppBadge?.(view.unsent).catch(() => undefined);
    render(this, view);
  }

  // ── what a person does ──

  // A press acts once, however often the finger or the key falls.
  async #once(press, act) {
    if (this.#pressed.has(press)) return;
    this.#pressed.add(press);
    settle();
    try {
      await act();
    } finally {
      setTimeout(() => this.#pressed.delete(press), SETTLE_MS);
      settle();
    }
  }

  async keep(...said) {
    const clock = this.clock();
    if (!this.person) await this.#syncing; // pressed before the office had said who is here
    if (!this.person) {
      say("Sign in once on this phone, with a network. After that it works without one.", true);
      return false;
    }
    const events = said.map((one) => makeEvent({ person: this.person, clock: { ...clock, ahead: this.person.ahead }, ...one }));
    try {
      await this.store.keep(this.person, events);
    } catch {
      sheets.noRoom();
      return false;
    }
    await this.reload();
    this.channel.postMessage("kept");
    if (!navigator.onLine) this.#askToBeWoken();
    const saved = document.getElementById("saved");
    if (saved) saved.textContent = `saved ${new Date().toLocaleTimeString("en-US", { hour: "numeric", minute: "2-digit" }).replace(/ [AP]M/, "")}`;
    this.sync();
    return true;
  }

  // Only some browsers can; the others send when the page is opened, seen, or hears of the network.
  #askToBeWoken() {
    navigator.serviceWorker?.ready.then((found) => found.sync?.register("send")).catch(() => undefined);
  }

  #pauses() {
    if (this.state?.firm.at_once) return [];
    return this.view().running.map((timer) => ({ timer: timer.key, type: "pause" }));
  }

  start() {
    return this.#once("start", async () => {
      await this.saveTyped();
      this.#askToPersist();
      await this.keep(...this.#pauses(), { timer: crypto.randomUUID(), type: "start" });
    });
  }

  move(timer, type) {
    return this.#once(`${type} ${timer.key}`, () => this.#move(timer, type));
  }

  async #move(timer, type) {
    await this.saveTyped();
    const before = type === "resume" ? this.#pauses() : [];
    if (!(await this.keep(...before, { timer: timer.key, type }))) return;
    const undo = () => this.#once(`restore ${timer.key}`, () => this.keep({ timer: timer.key, type: "restore" }));
    if (type === "stop") say(timer.matter === null ? "Stopped. It needs a matter." : this.away ? "Stopped. Kept on this phone." : "Stopped and recorded");
    if (type === "discard") say("Timer discarded", false, Object.assign(document.createElement("button"), { className: "button button--small", textContent: "Undo", onclick: undo }));
  }

  async vouch(timer) {
    if (await this.keep({ timer: timer.key, type: "keep" })) say("It runs on.");
  }

  // Work ended at that moment (in ms): what was measured after it stays measured and is taken off.
  async stopAt(timer, at) {
    await this.saveTyped();
    const off = (now) => ({ since_seconds: Math.floor((now - at) / 1000), until_seconds: 0 });
    if (!(await this.keep({ timer: timer.key, type: "trim", said: off }, { timer: timer.key, type: "stop" }))) return;
    say(timer.matter === null ? "Stopped. It needs a matter." : this.away ? "Stopped. Kept on this phone." : "Stopped and recorded");
  }

  async quick({ matter, label, hundredths, narrative }) {
    const said = { matter_id: matter, label, narrative, recorded_seconds: hundredths * 36 };
    const kept = await this.keep({ timer: crypto.randomUUID(), type: "quick_entry", said });
    if (kept) say(matter === null ? "Kept. It needs a matter." : this.away ? "Kept on this phone." : "Recorded");
    return kept;
  }

  typed(key, text) {
    clearTimeout(this.#typing?.timeout);
    this.#typing = { key, text, timeout: setTimeout(() => this.saveTyped(), TYPING_MS) };
  }

  isTyping(key) {
    return this.#typing?.key === key;
  }

  async saveTyped() {
    const typed = this.#typing;
    if (!typed) return;
    clearTimeout(typed.timeout);
    this.#typing = null;
    const before = this.#find(typed.key)?.narrative ?? "";
    const said = { narrative: typed.text.trim() };
    if (said.narrative === before) return;
    if (!(await this.keep({ timer: typed.key, type: "note", said, known: { narrative: before } }))) this.#typing = typed;
  }

  #find(key) {
    const { running, paused, waiting } = this.view();
    return [...running, ...paused, ...waiting].find((timer) => timer.key === key);
  }

  name(id, title) {
    this.#titles.set(id, title);
  }

  titleOf(id) {
    return this.#titles.get(id) ?? "";
  }

  askForMatters(words) {
    return askForMatters(words);
  }

  open(what, timer = null) {
    if (what === "matter") return this.#chooseMatter(timer);
    if (what === "timer") return sheets.showTimer(this, timer);
    if (what === "forgotten") return askWhetherForgotten(this, timer);
    return { unsent: sheets.showUnsent, quick: sheets.quickEntry, person: sheets.showPerson }[what](this);
  }

  #chooseMatter(timer) {
    const known = { matter_id: timer.matter };
    sheets.chooseMatter(this, {
      label: timer.label,
      chosen: (id, title) => {
        this.name(id, title);
        this.keep({ timer: timer.key, type: "assign", said: { matter_id: id }, known });
      },
      labelled: (label) => label && this.keep({ timer: timer.key, type: "note", said: { label }, known: { label: timer.label } }),
    });
  }

  queue() {
    return { unsent: this.rows.filter((row) => row.state === "unsent"), rejected: this.rows.filter((row) => row.state === "rejected") };
  }

  async remove(row) {
    await this.store.forget([row.id]);
    await this.reload();
  }

  exportFile() {
    const events = this.rows.filter((row) => row.state !== "sent").map(({ event, answer }) => ({ ...event, answer }));
    const file = new Blob([JSON.stringify({ lexapp: "unsent", schema: 1, device: this.person?.device, events }, null, 2)], { type: "application/json" });
    const link = Object.assign(document.createElement("a"), { href: URL.createObjectURL(file), download: "unsent-time.json" });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
  }

  // ── storage ──

  #askToPersist() {
    navigator.storage?.persist?.().then((answer) => { this.persisted = answer; });
  }

  storageSays() {
    if (this.persisted) return "This phone keeps unsent time until it is sent.";
    return "This phone may forget unsent time when it runs out of room. Add the timer to the home screen, and send often.";
  }

  // ── sending ──

  // Asked for while one is under way: once more after it.
  sync(now = false) {
    if (now) this.sender.notBefore = 0;
    if (this.#syncing) {
      this.#again = true;
      return this.#syncing;
    }
    this.#syncing = this.#syncOnce().finally(() => {
      this.#syncing = null;
      if (this.#again && !this.away) { this.#again = false; this.sync(); }
    });
    return this.#syncing;
  }

  async #syncOnce() {
    if (this.sender.waits) return;
    if (!(await this.#meet())) return;
    await this.#tryAgain();
    if (this.queue().unsent.length) {
      const outcome = await this.sender.flush(this.person, this.state.csrf);
      this.signedOut = outcome === "signed-out";
      this.away = outcome === "away";
      this.refusal = outcome === "refused" ? this.sender.refusal || "The office did not take it. Reload the page." : "";
      this.channel.postMessage("sent");
    }
    await this.reload();
    const sent = this.rows.filter((row) => row.state === "sent").map((row) => row.id);
    if (sent.length && !this.signedOut && (await this.#meet())) await this.store.putAway(sent);
    await this.reload();
    takeOver(this);
  }

  // What the office failed at is tried again after a while: it may have been mended.
  async #tryAgain() {
    const due = this.queue().rejected.filter(({ answer }) => answer.reason === "server_failed" && answer.at < Date.now() - AFTER_MS);
    if (due.length) await this.sendAgain(due);
  }

  async sendAgain(rows) {
    await this.store.ask(rows.map((row) => row.id));
    await this.reload();
  }

  // An office that was restored from a backup has forgotten what it had taken: it gets that once more.
  async #sendLost(acknowledged, heard) {
    const lost = acknowledged.filter((row) => row.seq > heard);
    if (!lost.length) return;
    await this.sendAgain(lost);
    say(`The office has lost what this phone had sent. It is sent again: ${lost.length}.`);
  }

  // The server's word on who is here, what is open, and the token for writing.
  async #meet() {
    const before = this.person;
    const acknowledged = before ? await this.store.acknowledged(before) : [];
    const met = await askForState(before?.device);
    Object.assign(this, { signedOut: met.kind === "signed-out", refused: met.kind === "refused", away: met.kind === "away" });
    if (met.kind === "away") this.sender.failed();
    if (met.kind !== "here") {
      this.show();
      return false;
    }
    const { user, firm } = met.state;
    const left = await this.store.owesSignOut();
    if (left === `${firm.id}:${user.id}`) return this.#signOutLate(met.state.csrf);
    if (left) await this.store.owesSignOut(null);
    if (this.person?.user !== user.id || this.person?.firm !== firm.id) {
      this.person = await this.store.enter({ user: user.id, firm: firm.id });
      this.#titles = new Map();
    }
    this.state = met.state;
    if (this.person.ahead === null || Math.abs(this.person.ahead - met.ahead) > 1000) await this.store.setAhead(this.person, met.ahead);
    await this.store.remember(this.person, toKeep(met.state));
    await this.reload();
    if (before && before.id === this.person?.id) await this.#sendLost(acknowledged, met.state.heard);
    return true;
  }

  // Somebody signed out while there was no network: the office hears of it now.
  async #signOutLate(csrf) {
    if (await endSession(csrf)) await this.store.owesSignOut(null);
    this.signedOut = true;
    await this.reload();
    return false;
  }

  // ── leaving ──

  async leave() {
    await this.saveTyped();
    await this.sync(true);
    const { unsent, rejected } = this.queue();
    if (unsent.length + rejected.length) sheets.warnOfLeaving(this, unsent.length + rejected.length);
    else await this.reallyLeave();
  }

  async reallyLeave() {
    const csrf = this.state?.csrf;
    if (this.person) await this.store.leave(this.person);
    const told = csrf && !this.signedOut && (await endSession(csrf));
    if (!told && !this.signedOut && this.person) await this.store.owesSignOut(this.person.id);
    for (const name of await caches.keys()) if (name.startsWith("lexapp-phone ")) await caches.delete(name);
    this.channel.postMessage("left");
    Object.assign(this, { person: null, state: null, rows: [], signedOut: true });
    closeSheet();
    navigator.serviceWorker?.controller?.postMessage("fill");
    await this.reload();
    if (told) location.assign("/sign-in?next=/phone");
  }
}

// A new version of the shell takes over only when nothing is being sent.
async function takeOver(app) {
  const found = await navigator.serviceWorker?.getRegistration("/phone");
  if (found?.waiting && !app.sender.underWay) found.waiting.postMessage("take-over");
}

// The browser itself says that this is the second press of two.
function ignoreSecond(event) {
  if (event.detail > 1 && (event.target.closest("button") || event.target.id === "sheet")) event.stopImmediatePropagation();
}

function listen(app) {
  addEventListener("click", ignoreSecond, true);
  document.getElementById("sheet").addEventListener("click", (event) => {
    if (event.target.closest("[data-closes]") || event.target.id === "sheet") closeSheet();
  });
  document.getElementById("sheet").addEventListener("close", () => app.saveTyped());
  for (const [id, act] of [["new", () => app.start()], ["quick", () => app.open("quick")], ["person", () => app.open("person")]]) {
    document.getElementById(id).addEventListener("click", act);
  }
  addEventListener("online", () => app.sync(true));
  navigator.serviceWorker?.addEventListener("message", ({ data }) => data === "send" && app.sync(true));
  addEventListener("offline", () => { app.away = true; app.show(); });
  addEventListener("focus", () => app.sync());
  addEventListener("pagehide", () => app.saveTyped());
  document.addEventListener("visibilitychange", () => (document.visibilityState === "visible" ? app.sync(true) : app.saveTyped()));
  setInterval(() => { app.show(); app.sync(); }, AGAIN_MS);
  setInterval(() => tick(app), 1000);
}

async function main() {
  if (!crypto.subtle || !indexedDB) {
    say("This address is not secure, so the phone would keep time unencrypted. Open lexapp by its https address.", true);
    return;
  }
  navigator.serviceWorker?.register("/phone/worker.js", { scope: "/phone" }).catch(() => undefined);
  navigator.serviceWorker?.ready.then((found) => found.active?.postMessage("fill"));
  const app = new App();
  await app.begin();
  listen(app);
  document.documentElement.dataset.script = "on";
  const wish = new URLSearchParams(location.search).get("do");
  if (wish) history.replaceState(null, "", "/phone");
  if (wish === "start" && !app.view().running.length) await app.start();
  if (wish === "quick") app.open("quick");
  if (wish === "leave") app.leave();
}

main();

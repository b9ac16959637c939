// What opens over the screen: choosing a matter, one timer, a quick entry, what is not sent, and the person.
import { button, closeSheet, h, icon, say, settle, sheet } from "./dom.js";
import { clock, noteField, pick } from "./screen.js";
import { findMatters, hours, timeOfDay } from "./view.js";

const QUICK = [10, 20, 30, 50, 100];

const choice = ([id, number, title], onclick) => h("li", {}, h("button", { type: "button", class: "pocket-choice", "data-matter": String(id), onclick },
  h("span", { class: "medium truncate" }, title), h("span", { class: "tiny third" }, number)));

// `chosen(id, title)` or `labelled(text)`.
export function chooseMatter(app, { chosen, labelled, label = "" }) {
  const list = h("ul", { class: "pocket-choices", "aria-label": "Matters" });
  const hint = h("p", { class: "small second" });
  const take = (matter) => { closeSheet(); chosen(matter[0], matter[2]); };
  const show = (matters, text) => {
    list.replaceChildren(...matters.map((matter) => choice(matter, () => take(matter))));
    hint.textContent = matters.length ? "" : text;
  };
  let asked = 0;
  const search = async () => {
    const words = input.value.trim();
    const mine = ++asked;
    if (!words) return show(app.state?.recent ?? [], app.keepsMatters ? "Type a few letters of the matter." : "Matters come from the office, which is out of reach. Write a label; choose the matter later.");
    if (app.keepsMatters) return show(findMatters(app.state.matters, words), "Nothing found.");
    const found = app.away ? null : await app.askForMatters(words);
    if (mine === asked) show(found ?? [], found ? "Nothing found." : "Matters come from the office, which is out of reach. Write a label; choose the matter later.");
  };
  const input = h("input", { class: "input", type: "search", id: "matter-search", placeholder: "Number, client or name", autocomplete: "off", oninput: search });
  const word = h("input", { class: "input", id: "matter-label", maxlength: "255", autocomplete: "off", placeholder: "Smith, the lease" });
  word.value = label;
  const keep = button("Keep label", "", () => { closeSheet(); labelled(word.value.trim()); });
  sheet("Matter", [
    h("div", { class: "field" }, h("label", { class: "visually-hidden", for: "matter-search" }, "Find a matter"), input),
    hint, list,
    h("div", { class: "field" }, h("label", { class: "field-label", for: "matter-label" }, "Or a label, until it is at hand"), h("div", { class: "pocket-inline" }, word, keep)),
  ]);
  search();
  input.focus();
}

export function showTimer(app, timer) {
  const matter = pick(timer.name, timer.matter === null ? "Choose now or in the evening" : null, () => app.open("matter", timer));
  const trouble = timer.parked && h("div", { class: "notice notice--wait" }, icon("warn"), h("span", { class: "grow" }, timer.parked));
  const act = (kind) => () => { closeSheet(); app.move(timer, kind); };
  const go = timer.state === "stopped"
    ? h("a", { class: "button button--large button--block", href: "/timers/tray" }, "Open the tray")
    : h("div", { class: "pocket-buttons" }, button("Stop", "button--large", act("stop"), "stop"), button("Resume", "button--primary button--large", act("resume"), "play"));
  const discard = timer.state !== "stopped" && button("Discard this timer", "button--link", act("discard"));
  const told = timer.typed === null ? timer.told : { stretches: [[0, timer.typed * 1000]] };
  const total = h("p", { class: "pocket-time pocket-time--still" }, clock(told, false, app.now));
  sheet("Timer", [trouble, total, matter, noteField(app, timer, 3), go, discard]);
}

export function quickEntry(app) {
  const made = { matter: null, title: "No matter yet", label: "", hundredths: 10, narrative: "", kept: false };
  const draw = () => {
    const set = (hundredths) => () => { keepText(); made.hundredths = hundredths; draw(); };
    const choices = QUICK.map((one) => button(hours(one), "button--large grow", set(one), null, { "aria-pressed": String(one === made.hundredths) }));
    const text = h("textarea", { class: "input", id: "quick-note", rows: "2", maxlength: "4000", placeholder: "What did you do?" });
    text.value = made.narrative;
    const keepText = () => { made.narrative = text.value.trim(); };
    const matter = pick(made.title, made.matter === null ? "Choose now or in the evening" : null, () => {
      keepText();
      const chosen = (id, title) => { Object.assign(made, { matter: id, title }); app.name(id, title); draw(); };
      chooseMatter(app, { chosen, label: made.label, labelled: (label) => { Object.assign(made, { matter: null, label, title: label || "No matter yet" }); draw(); } });
    });
    const record = button(`Record ${hours(made.hundredths)} h`, "button--primary button--large button--block", async () => {
      if (made.kept) return;
      keepText();
      made.kept = true;
      made.kept = await app.quick(made);
      if (made.kept) closeSheet();
    });
    sheet("Quick entry", [
      h("div", { class: "field" }, h("span", { class: "field-label" }, "Hours"), h("div", { class: "button-group", role: "group", "aria-label": "Hours" }, choices)),
      matter,
      h("div", { class: "field" }, h("label", { class: "visually-hidden", for: "quick-note" }, "Note"), text),
      record,
    ]);
  };
  draw();
}

const KINDS = { keep: "Runs rightly", trim: "Taken off", start: "Start", pause: "Pause", resume: "Resume", stop: "Stop", note: "Note", assign: "Matter chosen", quick_entry: "Quick entry", discard: "Discard", restore: "Restore" };

function line(app, row, act) {
  const { event, answer } = row;
  const { narrative, label, matter_id: matter, recorded_seconds: seconds } = event.said;
  const said = [seconds && `${hours(seconds / 36)} h`, narrative || label || app.titleOf(matter)].filter(Boolean).join(", ");
  const about = h("span", { class: "grow" }, h("span", { class: "medium" }, `${KINDS[event.type] ?? event.type}, ${timeOfDay(event.at)}`),
    answer && h("span", { class: "table-sub tone-wrong" }, answer.message), said && h("span", { class: "table-sub truncate" }, said));
  return h("li", { class: "pocket-row pocket-row--event" }, about, act);
}

export function showUnsent(app) {
  const { unsent, rejected } = app.queue();
  const drop = (row) => async () => { await app.remove(row); showUnsent(app); };
  const sure = (row) => (event) => { settle(); event.currentTarget.replaceWith(button("Really remove", "button--small button--danger", drop(row))); };
  const again = (row) => async () => { await app.sendAgain([row]); closeSheet(); app.sync(true); };
  const acts = (row) => h("span", { class: "cluster" },
    row.answer.reason === "server_failed" && button("Send again", "button--small", again(row)), button("Remove", "button--small", sure(row)));
  const parts = [];
  if (rejected.length) {
    parts.push(h("h3", { class: "small" }, "Not taken by the office"), h("ul", { class: "pocket-events" }, rejected.map((row) => line(app, row, acts(row)))));
    parts.push(h("p", { class: "small second" }, "Record the time by hand, or export it, before you remove it."), h("div", { class: "cluster" }, h("a", { class: "button", href: "/time/new" }, "Record by hand")));
  }
  if (unsent.length) parts.push(h("h3", { class: "small" }, `Waits to be sent: ${unsent.length}`), h("ul", { class: "pocket-events" }, unsent.slice(0, 50).map((row) => line(app, row))));
  if (!parts.length) parts.push(h("div", { class: "empty empty--small" }, icon("done"), h("h3", {}, "All sent"), h("p", {}, "Nothing waits on this phone.")));
  parts.push(h("p", { class: "tiny second", id: "storage" }, app.storageSays()));
  const foot = unsent.length + rejected.length ? [button("Export as a file", "", () => app.exportFile(), "download")] : [];
  if (unsent.length) foot.push(button("Send now", "button--primary", () => { closeSheet(); app.sync(true); }, "send"));
  sheet("On this phone", parts, foot);
}

export function showPerson(app) {
  sheet(app.state?.user.name ?? "You", [
    h("p", { class: "small second" }, app.storageSays()),
    h("div", { class: "stack stack--small" },
      h("a", { class: "button button--large", href: "/" }, "Open lexapp"),
      button("What is not sent", "button--large", () => showUnsent(app)),
      button("Sign out", "button--large", () => app.leave(), "sign-out")),
  ]);
}

export function warnOfLeaving(app, count) {
  const stays = `${count} not sent. Signing out keeps ${count === 1 ? "it" : "them"} here, encrypted. Only you can send ${count === 1 ? "it" : "them"}: sign in on this phone again.`;
  sheet("Sign out?", [h("div", { class: "notice notice--wait" }, icon("warn"), h("span", { class: "grow" }, stays)), button("Export as a file", "", () => app.exportFile(), "download")],
    [button("Stay", "button--quiet", () => closeSheet()), button("Sign out", "button--danger", () => app.reallyLeave())]);
}

export function noRoom() {
  say("This phone has no room left: it was not saved. Your text is still on the screen; make room and try again.", true);
}

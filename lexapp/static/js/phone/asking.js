// The question whether a timer was forgotten: what is known, what is proposed and what comes of each answer. Works without a network.
import { button, closeSheet, h, sheet } from "./dom.js";
import { clock } from "./screen.js";
import { pieces } from "./told.js";
import { clockParts, lately } from "./view.js";

const length = (seconds) => clockParts(Math.max(seconds, 0))[0];

// What the timer counts between two moments, in whole seconds.
function between(timer, from, until) {
  const counted = pieces(timer.told).filter(([, , counts]) => counts);
  const parts = counted.map(([start, stop]) => Math.max(Math.min(stop ?? until, until) - Math.max(start, from), 0));
  return parts.reduce((sum, part) => sum + Math.floor(part / 1000), 0);
}

const comesTo = (timer, until, now) =>
  h("span", { class: "table-sub" }, `${length(between(timer, 0, until))} recorded${until < now ? `, ${length(between(timer, until, now))} taken off` : ""}`);

function answer(label, kind, sub, act) {
  const given = { type: "button", class: `button button--large button--block ${kind}`, onclick: act };
  return h("div", { class: "stack stack--small" }, h("button", given, label), sub);
}

function explain(timer, now) {
  const { vouchedAt } = timer.told;
  const known = timer.last
    ? `The last thing known of you before the longest silence: ${timer.last.what} at ${lately(timer.last.at, now)}.`
    : "Nothing else is known of you here since then.";
  return h("p", {}, `It runs since ${lately(vouchedAt, now)}, and you said nothing of it after that. ${known} `,
    h("span", { class: "second" }, "Work elsewhere leaves no trace here."));
}

const local = (at) => new Date(at - new Date(at).getTimezoneOffset() * 60_000).toISOString().slice(0, 16);

function anotherTime(app, timer, done) {
  const wrong = h("p", { class: "field-error", id: "ended-error", role: "alert", hidden: true });
  const value = local(timer.last?.at ?? timer.told.vouchedAt);
  const input = h("input", { class: "input", type: "datetime-local", id: "ended", value, "aria-describedby": "ended-error" });
  const refuse = (text) => { wrong.textContent = text; wrong.hidden = false; input.setAttribute("aria-invalid", "true"); input.focus(); };
  const stop = () => {
    const at = Date.parse(input.value);
    if (!at) return refuse("Write the date and the time at which the work ended.");
    if (at >= app.now) return refuse("That time has not come yet. Write an earlier one.");
    if (at <= timer.told.startedAt) return refuse(`The timer was started at ${lately(timer.told.startedAt, app.now)}. Write a later time.`);
    return done(() => app.stopAt(timer, at))();
  };
  return h("div", { class: "field" }, h("label", { class: "field-label", for: "ended" }, "Or it ended at another time"),
    h("div", { class: "pocket-inline" }, input, button("Stop then", "", stop)), wrong);
}

export function askWhetherForgotten(app, timer) {
  const { now } = app;
  let answered = false;
  const done = (act) => () => {
    if (answered) return;
    answered = true;
    closeSheet();
    act();
  };
  const { last } = timer;
  const proposal = last && answer(`Stop it at ${lately(last.at, now)}`, "button--primary", comesTo(timer, last.at, now), done(() => app.stopAt(timer, last.at)));
  sheet("Still running?", [
    h("p", { class: "spread spread--base" }, h("span", { class: "grow medium truncate" }, timer.name), clock(timer.told, true, now)),
    explain(timer, now),
    proposal,
    answer("Keep it running", last ? "" : "button--primary", null, done(() => app.vouch(timer))),
    answer("Stop it now", "", comesTo(timer, now, now), done(() => app.move(timer, "stop"))),
    anotherTime(app, timer, done),
    h("p", { class: "tiny second" }, "What the timer measured stays in the history of the entry."),
  ]);
}

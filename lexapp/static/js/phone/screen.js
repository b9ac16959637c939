// The one screen: what is running, what rests, what today came to. Each part is drawn anew only when what it shows has changed.
import { button, h, icon } from "./dom.js";
import { measuredSeconds, pieces } from "./told.js";
import { clockParts, hours, lately, span, timeOfDay } from "./view.js";

const MOST_ROWS = 200;
const shown = new Map();

function draw(id, facts, build) {
  const said = JSON.stringify(facts);
  if (shown.get(id) === said) return;
  shown.set(id, said);
  document.getElementById(id).replaceChildren(...[build()].flat(2).filter(Boolean));
}

function banner(tone, drawing, strong, text, act) {
  return h("div", { class: `pocket-state${tone}`, role: "status" }, icon(drawing), h("span", { class: "grow" }, h("b", {}, strong), text), act);
}

const small = (label, onclick) => button(label, "button--small", onclick);
const link = (label, href) => h("a", { class: "button button--small", href }, label);

function banners(app, view) {
  const found = view.asking.map((timer) =>
    banner("", "clock", "Still running? ", `${timer.name}, since ${lately(timer.told.vouchedAt, app.now)}.`, small("Answer", () => app.open("forgotten", timer))));
  const unsent = view.unsent ? `Unsent: ${view.unsent}. ` : "";
  const lookAt = view.unsent ? small("Look", () => app.open("unsent")) : null;
  if (app.refused) found.push(banner(" pocket-state--wrong", "error", "No timer for you. ", "Your sign-in records no time of its own. An owner of the firm makes you a timekeeper under People.", link("Open lexapp", "/")));
  else if (app.signedOut) found.push(banner("", "key", unsent, "Sign in to send what is kept here.", link("Sign in", "/sign-in?next=/phone")));
  else if (app.away) found.push(banner("", "offline", unsent, view.unsent ? "No network; kept on this phone." : "No network. The timer works without one.", lookAt));
  else if (app.refusal) found.push(banner(" pocket-state--wrong", "error", unsent, app.refusal, lookAt));
  else if (view.unsent) found.push(banner("", "refresh", unsent, "Sending…", lookAt));
  if (view.rejected.length) found.push(banner(" pocket-state--wrong", "warn", `Not taken: ${view.rejected.length}. `, "Kept here until you decide.", small("Look", () => app.open("unsent"))));
  if (view.toResolve) found.push(banner(" pocket-state--plain", "flag", `To decide: ${view.toResolve}. `, "Kept by the office.", link("Decide", "/timers/tray")));
  if (app.others) found.push(banner(" pocket-state--plain", "lock", `Somebody else’s: ${app.others}. `, "Encrypted; sent when they sign in here."));
  return found;
}

export function pick(label, sub, onclick) {
  const text = h("span", { class: "grow" }, h("span", { class: "medium table-title truncate" }, label), sub && h("span", { class: "table-sub" }, sub));
  return h("button", { type: "button", class: "pocket-pick", onclick }, icon("matter"), text, icon("right"));
}

export function clock(told, running, now) {
  const counted = pieces(told).filter(([, , counts]) => counts);
  const [hour, seconds] = clockParts(measuredSeconds({ stretches: counted }, now));
  const given = running ? { class: "duration duration--running", "data-runs": JSON.stringify(counted) } : { class: "duration" };
  return h("span", given, h("span", {}, hour), h("span", { class: "duration-seconds" }, seconds));
}

export function noteField(app, timer, rows = 2) {
  const area = h("textarea", { class: "input", id: "note", rows: String(rows), maxlength: "4000", placeholder: "What are you doing?", "data-timer": timer.key });
  area.value = timer.narrative;
  area.addEventListener("input", () => app.typed(timer.key, area.value));
  area.addEventListener("blur", () => app.saveTyped());
  return h("div", { class: "field" }, h("label", { class: "visually-hidden", for: "note" }, "Note"), area);
}

function now(app, timer) {
  if (!timer) {
    return [
      h("p", { class: "pocket-time pocket-time--still" }, "0:00", h("span", { class: "duration-seconds" }, ":00")),
      h("p", { class: "small second pocket-hint" }, "Start now. The matter can wait."),
      button("Start", "button--primary button--large button--block", () => app.start(), "play"),
    ];
  }
  const since = timer.told.stretches.at(-1)[0];
  const head = h("span", { class: "cluster tone-accent small medium" }, h("span", { class: "dot dot--live" }), `Running since ${timeOfDay(since)}`);
  return [
    h("div", { class: "spread" }, head, h("span", { class: "tiny third", id: "saved" })),
    h("p", { class: "pocket-time", role: "timer" }, clock(timer.told, true, app.now)),
    pick(timer.name, timer.matter === null ? "Choose now or in the evening" : null, () => app.open("matter", timer)),
    noteField(app, timer),
    h("div", { class: "pocket-buttons" },
      button("Pause", "button--large", () => app.move(timer, "pause"), "pause"),
      button("Stop", "button--primary button--large", () => app.move(timer, "stop"), "stop")),
  ];
}

function resting(app, timer) {
  const runs = timer.state === "running";
  const [verb, act] = runs ? ["Pause", "pause"] : ["Resume", "resume"];
  const toggle = h("button", { type: "button", class: "timer-toggle", "aria-label": `${verb} ${timer.name}`, onclick: () => app.move(timer, act) }, icon(runs ? "pause" : "play"));
  const about = h("button", { type: "button", class: "grow pocket-about", onclick: () => app.open("timer", timer) },
    h("span", { class: "medium truncate table-title" }, timer.name), h("span", { class: "table-sub truncate" }, timer.narrative || "No note yet"));
  return h("li", { class: "pocket-row" }, toggle, about, h("span", { class: "medium" }, clock(timer.told, runs, app.now)));
}

const amount = (hundredths) => h("span", { class: "duration" }, hours(hundredths), h("span", { class: "duration-unit" }, "h"));
const badge = (kind, word, drawing) => h("span", { class: `badge badge--${kind}` }, drawing && icon(drawing), word);

function waiting(app, timer) {
  const trouble = timer.rejected?.message || timer.parked;
  const state = timer.rejected || timer.parked ? badge("wrong", "Look") : timer.matter === null ? badge("wait", "Needs matter") : badge("wait", timer.unsent ? "Unsent" : "Waits");
  const times = span(timer.told.stretches[0]?.[0], timer.told.endedAt);
  const sub = trouble ? h("span", { class: "table-sub tone-wrong" }, trouble) : h("span", { class: "table-sub truncate" }, [timer.narrative, times].filter(Boolean).join(", ") || "No note yet");
  const open = () => app.open(timer.rejected ? "unsent" : "timer", timer);
  const about = h("button", { type: "button", class: "grow pocket-about", onclick: open }, h("span", { class: "medium truncate table-title" }, timer.name), sub);
  return h("li", { class: "pocket-row" }, about, state, amount(timer.hundredths));
}

function recorded(entry) {
  const sub = [entry.narrative, span(entry.from, entry.to)].filter(Boolean).join(", ");
  const about = h("span", { class: "grow" }, h("span", { class: "medium truncate table-title" }, entry.title || "Recorded"), h("span", { class: "table-sub truncate" }, sub));
  return h("li", { class: "pocket-row" }, about, badge("done", "Sent", "check"), amount(entry.hundredths));
}

function today(app, view) {
  const drawn = [...view.waiting.map((timer) => () => waiting(app, timer)), ...view.entries.map((entry) => () => recorded(entry))];
  if (!drawn.length) return h("p", { class: "pocket-empty small second" }, "Nothing recorded yet today.");
  const list = h("ul", { class: "pocket-list pocket-list--entries" }, drawn.slice(0, MOST_ROWS).map((draw) => draw()));
  return drawn.length > MOST_ROWS ? [list, h("p", { class: "pocket-empty small second" }, `And ${drawn.length - MOST_ROWS} more.`)] : list;
}

export function render(app, view) {
  const { signedOut, away, refused, refusal, others } = app;
  const asking = view.asking.map((one) => [one.key, one.name, one.told.vouchedAt, one.last]);
  draw("state", [signedOut, away, refused, refusal, others, view.unsent, view.rejected.length, view.toResolve, asking], () => banners(app, view));
  const running = view.running[0];
  const known = running && [running.key, running.name, pieces(running.told)];
  draw("now", [known ?? null], () => now(app, running));
  const area = running && document.querySelector(`#now textarea[data-timer="${running.key}"]`);
  if (area && area !== document.activeElement && !app.isTyping(running.key)) area.value = running.narrative;
  const rest = [...view.running.slice(1), ...view.paused];
  const facts = (one) => [one.key, one.name, one.narrative, one.state, pieces(one.told), one.unsent, one.rejected, one.parked, one.hundredths];
  draw("resting", rest.map(facts), () => rest.length && [h("div", { class: "pocket-title" }, h("h2", {}, view.running.length > 1 ? "Also open" : "Paused")), h("ul", { class: "pocket-list" }, rest.map((one) => resting(app, one)))]);
  const left = view.unsent ? `${view.unsent} unsent` : view.rejected.length ? `${view.rejected.length} not taken` : app.away || app.signedOut ? "nothing unsent" : app.person ? "all sent" : "";
  draw("today", [view.waiting.map(facts), view.entries, left], () => [h("div", { class: "pocket-title" }, h("h2", {}, "Today"), h("span", { class: "second" }, [`${hours(view.hundredths)} h`, left].filter(Boolean).join(", "))), today(app, view)]);
  document.title = `${view.unsent ? `(${view.unsent} unsent) ` : ""}Timer · lexapp`;
  tick(app);
}

export function tick(app) {
  for (const element of document.querySelectorAll("[data-runs]")) {
    const parts = clockParts(measuredSeconds({ stretches: JSON.parse(element.dataset.runs) }, app.now));
    parts.forEach((text, place) => element.children[place].textContent !== text && (element.children[place].textContent = text));
  }
}

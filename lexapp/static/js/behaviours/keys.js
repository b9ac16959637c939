// data-key="t", "ctrl+k", "shift+enter": the key presses (or focuses) the element that carries it; "g t" is one letter after the other.
// Plain letters rest while somebody types, and altogether for who switched them off.
const WAIT = 1500;
const HUSH = 1000;
const NAMES = { ctrl: "Ctrl", enter: "↵", escape: "Esc", shift: "Shift", alt: "Alt" };
const ELSEWHERE = new Set(["ctrl+k", "?", "n", "p", "z", "escape", "ctrl+enter"]);
let first = "";
let waiting = 0;
let hushed = 0;

// After a choice that sent its form, whoever types on meant a field: letters rest until a second passes without one.
export function hush() {
  hushed = Date.now() + HUSH;
}

function name(event) {
  const parts = [];
  if (event.ctrlKey || event.metaKey) parts.push("ctrl");
  if (event.altKey) parts.push("alt");
  if (event.shiftKey && event.key.length > 1) parts.push("shift");
  parts.push(event.key.toLowerCase());
  return parts.join("+");
}

function types(element) {
  return element.isContentEditable || element.matches?.("textarea, select, input:not([type=checkbox], [type=radio], [type=button], [type=submit])");
}

function reachable(element) {
  return element.checkVisibility?.() !== false && !element.disabled && element.getAttribute("aria-disabled") !== "true";
}

function lettersRest(combination, target) {
  if (combination.startsWith("ctrl+") || combination === "escape") return false;
  return types(target) || document.body.dataset.letters === "off";
}

// The first of two letters waits for the second; any other key ends it.
function whole(combination) {
  const begun = first;
  clearTimeout(waiting);
  first = "";
  if (begun) return `${begun} ${combination}`;
  if (!document.querySelector(`[data-key^="${CSS.escape(combination)} "]`) || document.querySelector("dialog[open]")) return combination;
  first = combination;
  waiting = setTimeout(() => (first = ""), WAIT);
  return "";
}

function typedInto(event) {
  if (event.key.length > 1 || event.ctrlKey || event.metaKey || event.altKey || types(event.target) || Date.now() > hushed) return false;
  event.preventDefault();
  hush();
  return true;
}

function press(event) {
  if (typedInto(event)) return;
  if (event.defaultPrevented || event.isComposing || ["Shift", "Control", "Alt", "Meta"].includes(event.key)) return;
  if (lettersRest(name(event), event.target) || document.querySelector("[popover][data-menu]:popover-open")) return;
  const combination = whole(name(event));
  const scope = document.querySelector("dialog[open]") ?? document;
  const selector = `[data-key="${CSS.escape(combination)}"]`;
  const found = combination && [...(event.target.form?.querySelectorAll(selector) ?? []), ...scope.querySelectorAll(selector)].find(reachable);
  if (!found) return;
  event.preventDefault();
  if (found.matches("input, textarea, select")) found.focus();
  else found.click();
}

// What the help sheet says of this page: everything on it that has a key and is not said under another head.
function keysHere() {
  const seen = new Map();
  for (const one of document.querySelectorAll(".app [data-key]")) {
    const key = one.dataset.key;
    if (!ELSEWHERE.has(key) && !key.startsWith("g ") && reachable(one) && !seen.has(key)) seen.set(key, labelOf(one));
  }
  const row = [...document.querySelectorAll("[data-lines] [data-line]")].find((line) => line.querySelector("[data-menu-key]"));
  row?.querySelectorAll("[data-menu-key]").forEach((one) => seen.has(one.dataset.menuKey) || seen.set(one.dataset.menuKey, labelOf(one)));
  return seen;
}

function describe([key, label]) {
  const row = document.createElement("div");
  const what = document.createElement("dt");
  const how = document.createElement("dd");
  what.textContent = label;
  for (const part of key.split(/[ +]/)) {
    const cap = Object.assign(document.createElement("kbd"), { className: "kbd", textContent: NAMES[part] ?? part.toUpperCase() });
    how.append(cap);
  }
  row.append(what, how);
  return row;
}

function fillSheet(sheet) {
  const here = sheet.querySelector("[data-keys-here]");
  const rows = [...keysHere()].filter(([, label]) => label).map(describe);
  here.hidden = !rows.length;
  here.querySelector("dl").replaceChildren(...rows);
  const lines = Boolean(document.querySelector("[data-lines] [data-line]"));
  sheet.querySelector("[data-keys-lines]").hidden = !lines;
  sheet.querySelector("[data-keys-rows]").hidden = lines || !document.querySelector("main tbody a[href]");
}

export function labelOf(element) {
  const copy = element.cloneNode(true);
  copy.querySelectorAll(".kbd, .kbd-row").forEach((key) => key.remove());
  return element.getAttribute("aria-label") || copy.textContent.trim() || element.placeholder || "";
}

// j and k go through the links of a list, one of each row.
function walk(event) {
  const step = { j: 1, k: -1 }[event.key];
  if (!step || event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || lettersRest(event.key, event.target)) return;
  if (document.querySelector("dialog[open], [popover]:popover-open, [data-lines] [data-line]")) return;
  const links = [...document.querySelectorAll("main tbody tr")].map((row) => row.querySelector("a[href]")).filter((link) => link?.checkVisibility());
  const at = links.findIndex((link) => link.closest("tr").contains(document.activeElement));
  const next = links[at < 0 ? 0 : at + step];
  if (!next) return;
  event.preventDefault();
  next.focus();
}

export function bindKeys() {
  document.addEventListener("keydown", press);
  document.addEventListener("keydown", walk);
  document.addEventListener("opening", (event) => event.target.matches("[data-keys]") && fillSheet(event.target), true);
  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-letters-switch]")) document.body.dataset.letters = event.target.checked ? "on" : "off";
  });
}

// data-live="time_entry matter:12 own:timer": what this element shows. When somebody changes such a record (any of the kind, this very one
// with what belongs to it, one's own), the element is taken anew from its page, or from data-live-from. Where somebody is at work in it,
// nothing is taken from under their hands: a line says who changed what they look at.
import { followChanges } from "./stream.js";

const PAUSE = 1000;
const OWN_ECHO = 3000;
const waiting = new Map();
let refreshing = 0;
let refreshedAt = -PAUSE;
// A page that came by a redirect is the answer to what was just sent.
let wroteAt = performance.getEntriesByType("navigation")[0]?.redirectCount ? 0 : -OWN_ECHO;

const focusable = (root) => [...root.querySelectorAll("a[href], button, input:not([type=hidden]), select, textarea, [tabindex]")];

function matches(tokens, hint) {
  return hint.kind === "*" || tokens.split(" ").some((token) => {
    const [kind, of] = token.split(":");
    if (kind === "own") return hint.own && hint.kind === of;
    if (of === undefined) return hint.kind === kind;
    return (hint.kind === kind && String(hint.of) === of) || (kind === "matter" && hint.matters?.includes(Number(of)));
  });
}

function isWritten(control) {
  if (control.matches("[type=checkbox], [type=radio]")) return control.checked !== control.defaultChecked;
  if (control.matches("select")) return control.selectedIndex !== Math.max(0, [...control.options].findIndex((one) => one.defaultSelected));
  return control.matches("input:not([type=hidden]), textarea") && control.value !== control.defaultValue;
}

function isBusy(element) {
  const at = document.activeElement;
  if (element.contains(at) && at.matches("input, textarea, select")) return true;
  if (element.querySelector("form[data-draft], dialog[open], :popover-open") || document.querySelector("#popover :popover-open")) return true;
  const selection = getSelection();
  if (!selection.isCollapsed && element.contains(selection.anchorNode)) return true;
  return [...element.querySelectorAll("input, select, textarea")].some(isWritten);
}

function say() {
  const line = document.getElementById("changed");
  const names = new Set([...waiting.values()].filter((one) => one.isBusy).map((one) => one.by));
  if (!line) return;
  const [by] = names;
  line.hidden = !names.size;
  line.querySelector("[data-changed-by]").textContent = names.size === 1 && by ? `${by} changed what you see here.` : "What you see here was changed.";
}

function replace(element, fresh) {
  const at = focusable(element).indexOf(document.activeElement);
  const node = document.importNode(fresh, true);
  element.replaceWith(node);
  window.htmx?.process(node);
  if (at >= 0) focusable(node)[at]?.focus({ preventScroll: true });
  node.dispatchEvent(new CustomEvent("live", { bubbles: true }));
}

async function page(address) {
  const answer = await fetch(address, { headers: { Accept: "text/html" } }).catch(() => null);
  return answer?.ok && !answer.redirected ? new DOMParser().parseFromString(await answer.text(), "text/html") : null;
}

async function refresh() {
  refreshing = 0;
  refreshedAt = performance.now();
  const byAddress = new Map();
  for (const [element, one] of waiting) {
    one.isBusy = element.isConnected && isBusy(element);
    if (!element.isConnected) waiting.delete(element);
    else if (!one.isBusy) byAddress.set(one.from, [...(byAddress.get(one.from) ?? []), element]);
  }
  say();
  await Promise.all([...byAddress].map(async ([address, elements]) => {
    const found = await page(address);
    for (const element of elements) {
      const fresh = found?.getElementById(element.id);
      if (isBusy(element)) continue;
      waiting.delete(element);
      if (fresh && element.isConnected) replace(element, fresh);
    }
  }));
  if (waiting.size) say();
}

function soon() {
  const rest = Math.max(0, PAUSE - (performance.now() - refreshedAt));
  refreshing ||= setTimeout(refresh, rest + 50 + Math.random() * 250);
}

function want(element, hint) {
  waiting.set(element, { by: hint.mine ? "You, in another window," : hint.by, from: element.dataset.liveFrom ?? `${location.pathname}${location.search}` });
}

function hear(hints) {
  const echo = performance.now() - wroteAt < OWN_ECHO;
  for (const hint of hints.filter((one) => !(one.mine && echo))) {
    for (const element of document.querySelectorAll("[data-live]")) if (matches(element.dataset.live, hint)) want(element, hint);
    for (const form of document.querySelectorAll("form[data-draft]")) {
      const [kind, of] = form.dataset.draft.split(":");
      if (kind.replaceAll("-", "_") === hint.kind && of === String(hint.of)) want(form, hint);
    }
  }
  if (waiting.size) soon();
}

export function bindLive() {
  document.addEventListener("htmx:finally:request", (event) => {
    if (event.detail?.ctx?.request?.method?.toUpperCase() !== "GET") wroteAt = performance.now();
  });
  for (const name of ["focusout", "htmx:after:swap", "close", "toggle"]) {
    document.addEventListener(name, () => waiting.size && soon(), true);
  }
  followChanges(hear);
}

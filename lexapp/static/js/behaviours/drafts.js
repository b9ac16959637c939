// data-draft="form:record": what is typed is kept on the server two seconds after typing stops, and when the page goes away. A form that is
// opened again gets it back (data-draft-found) and says so. The server removes it when the form is saved.
import { chooseIn } from "./combobox.js";
import { connected, signedOut } from "./connection.js";

const WAIT = 2000;
const SKIPPED = new Set(["csrf_token", "key", "draft", "quick"]);
const forms = new Map();

function holds(control) {
  if (!control.name || SKIPPED.has(control.name) || control.matches("button, fieldset, output, [type=password], [type=file], [type=submit], [autocomplete=one-time-code]")) return false;
  return control.type !== "hidden" || control.name === "version" || control.name === "shown" || control.name.endsWith("_label");
}

function valuesOf(form) {
  const values = {};
  for (const control of [...form.elements].filter(holds)) {
    const kept = (values[control.name] ??= []);
    if (!control.matches("[type=checkbox], [type=radio]")) kept.push(control.value);
    else if (control.checked) kept.push(control.value);
  }
  return values;
}

function fill(form, values) {
  for (const control of [...form.elements].filter((one) => holds(one) && values[one.name])) {
    const wanted = values[control.name];
    if (control.matches("[type=checkbox], [type=radio]")) control.checked = wanted.includes(control.value);
    else if (control.matches("[data-combobox]")) chooseIn(control, wanted[0] ?? "", values[`${control.name}_label`]?.[0] ?? "");
    else if (wanted.length) put(control, wanted[0]);
  }
}

function put(control, value) {
  if (control.value === value) return;
  control.value = value;
  if (control.type !== "hidden") control.dispatchEvent(new Event("input", { bubbles: true }));
}

function follow(form) {
  const first = valuesOf(form);
  const one = { first, kept: JSON.stringify(first), sent: false, timer: 0, mark: form.querySelector("[name=draft]") };
  forms.set(form, one);
  const found = form.dataset.draftFound && JSON.parse(form.dataset.draftFound);
  if (found && JSON.stringify(found) !== one.kept) restore(form, one, found);
  if ("draftSent" in form.dataset) {
    one.kept = "";
    keep(form);
  }
}

function restore(form, one, found) {
  one.kept = JSON.stringify(found);
  fill(form, found);
  one.mark.value = form.dataset.draft;
  clearTimeout(one.timer);
  form.querySelector("[data-draft-line]")?.removeAttribute("hidden");
}

async function send(form, address, more, leaving) {
  if (!connected()) return false;
  const token = document.querySelector("meta[name=csrf-token]").content;
  const body = new URLSearchParams({ form: form.dataset.draft, person: document.body.dataset.person, ...more });
  const headers = { "X-CSRFToken": token, "HX-Request": "true", "HX-Request-Type": "partial" };
  const answer = await fetch(address, { method: "POST", body, headers, keepalive: leaving }).catch(() => null);
  if (answer?.status === 401) signedOut();
  return Boolean(answer?.ok);
}

async function keep(form, leaving = false) {
  const one = forms.get(form);
  clearTimeout(one.timer);
  const text = JSON.stringify(valuesOf(form));
  if (one.sent || text === one.kept) return;
  const before = one.kept;
  one.kept = text;
  one.mark.value = form.dataset.draft;
  const done = await send(form, "/drafts", { payload: text, key: form.elements.key?.value ?? "" }, leaving);
  if (!done && one.kept === text) one.kept = before;
  if (done) form.dataset.draftKept = "yes";
}

async function discard(form) {
  const one = forms.get(form);
  clearTimeout(one.timer);
  fill(form, one.first);
  clearTimeout(one.timer);
  one.kept = JSON.stringify(valuesOf(form));
  form.querySelector("[data-draft-line]").hidden = true;
  form.querySelector("input:not([type=hidden]), textarea, select:not([hidden])")?.focus();
  if (await send(form, "/drafts/removal", {}, true)) one.mark.value = "";
}

function keepAll(leaving) {
  for (const form of forms.keys()) {
    if (form.isConnected) keep(form, leaving);
    else forms.delete(form);
  }
}

export function enhanceDrafts(root) {
  root.querySelectorAll("form[data-draft]").forEach((form) => forms.has(form) || follow(form));
}

function typed(event) {
  const form = event.target.form;
  const one = forms.get(form);
  if (!one) return;
  clearTimeout(one.timer);
  delete form.dataset.draftKept;
  one.timer = setTimeout(() => form.isConnected && keep(form), WAIT);
}

export function bindDrafts() {
  document.addEventListener("input", typed);
  document.addEventListener("change", typed);
  document.addEventListener("submit", (event) => {
    const one = forms.get(event.target);
    if (!one || event.defaultPrevented && !event.target.hasAttribute("hx-post")) return;
    clearTimeout(one.timer);
    one.sent = true;
  });
  document.addEventListener("htmx:finally:request", (event) => {
    const source = event.detail?.ctx?.sourceElement;
    const one = !source?.matches?.("[data-hints]") && forms.get(source?.closest?.("form"));
    if (one) one.sent = false;
  });
  document.addEventListener("click", (event) => {
    const button = event.target.closest?.("[data-draft-discard]");
    if (button) discard(button.form);
  });
  document.addEventListener("htmx:before:swap", (event) => event.target.matches?.("[data-hints]") || keepAll(true));
  document.addEventListener("connection", () => keepAll(false));
  addEventListener("pagehide", () => keepAll(true));
  document.addEventListener("visibilitychange", () => document.hidden && keepAll(true));
}

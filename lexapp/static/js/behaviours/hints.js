// [data-hints="id"]: what stands under the field with this id is asked for anew after its form changes. A button in it with data-fills
// chooses a code of the form; one with data-marks="start end" marks those words in the field.
const WAIT = 400;
const waiting = new WeakMap();

const fieldOf = (live) => document.getElementById(live.dataset.hints);

function read(live) {
  if (!live.isConnected) return;
  if (fieldOf(live)?.value.trim()) live.dispatchEvent(new CustomEvent("words-changed"));
  else live.replaceChildren();
}

function later(event) {
  const form = event.target.form ?? event.target.closest?.("form");
  for (const live of form?.querySelectorAll("[data-hints]") ?? []) {
    clearTimeout(waiting.get(live));
    waiting.set(live, setTimeout(() => read(live), WAIT));
  }
}

function fill(button) {
  const field = button.closest("form")?.elements[button.dataset.fills];
  if (!field) return;
  field.value = button.dataset.value;
  field.dispatchEvent(new Event("input", { bubbles: true }));
  field.dispatchEvent(new Event("change", { bubbles: true }));
  field.focus();
}

function mark(button) {
  const field = fieldOf(button.closest("[data-hints]"));
  field?.focus();
  field?.setSelectionRange(...button.dataset.marks.split(" ").map(Number));
}

// A receipt that is chosen already is no part of what is read.
function leaveFiles(event) {
  const body = event.target.matches?.("[data-hints]") && event.detail.ctx.request.body;
  for (const [name, value] of body ? [...body] : []) if (value instanceof File) body.delete(name);
}

export function bindHints() {
  document.addEventListener("htmx:config:request", leaveFiles);
  document.addEventListener("input", later);
  document.addEventListener("change", later);
  document.addEventListener("click", (event) => {
    const button = event.target.closest?.("[data-fills], [data-marks]");
    if (!button?.closest("[data-hints]")) return;
    if (button.matches("[data-fills]")) fill(button);
    else mark(button);
  });
}

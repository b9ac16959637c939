// data-combobox="/matters/options" on a <select>: search as you type, by keyboard. The select stays in the form and holds the value;
// without script it is what people use. data-lists shows the list as soon as the field has the focus; data-submits sends the form
// with what is chosen. The address answers ?q= with elements of role="option" (ui/options.html).
import { hush } from "./keys.js";

const WAIT = 120;
const boxes = new WeakMap();
let running = 0;

function build(select) {
  const input = document.createElement("input");
  const list = document.createElement("div");
  const box = document.createElement("div");
  const id = select.id;
  const begins = select.autofocus && !select.closest("dialog") && document.activeElement === document.body;
  const waits = begins || document.activeElement === select;
  select.removeAttribute("id");
  box.className = "combobox";
  list.className = "menu combobox-list";
  list.id = `${id}-list`;
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", select.labels?.[0]?.textContent.trim() ?? "Matches");
  list.hidden = true;
  Object.assign(input, { id, type: "text", className: "input", autocomplete: "off", spellcheck: false, placeholder: select.dataset.placeholder ?? "Type a few letters" });
  const states = { role: "combobox", "aria-expanded": "false", "aria-controls": list.id, "aria-autocomplete": "list" };
  for (const [name, value] of Object.entries(states)) input.setAttribute(name, value);
  for (const name of ["aria-invalid", "aria-describedby", "aria-required"]) {
    if (select.hasAttribute(name)) input.setAttribute(name, select.getAttribute(name));
  }
  select.required = false;
  if (select.value) input.value = select.selectedOptions[0].textContent;
  input.autofocus = select.autofocus;
  select.before(box);
  box.append(input, list, select);
  select.hidden = true;
  return { box, input, list, select, waits };
}

class Combobox {
  constructor(select) {
    Object.assign(this, build(select));
    boxes.set(select, this);
    this.chosen = this.input.value;
    this.input.addEventListener("input", () => this.search(WAIT));
    this.input.addEventListener("focus", () => {
      this.input.select();
      if ("lists" in this.select.dataset) this.search(0);
    });
    this.input.addEventListener("click", () => this.list.hidden && this.search(0));
    this.input.addEventListener("keydown", (event) => this.press(event));
    this.input.addEventListener("blur", () => this.leave());
    this.list.addEventListener("mousedown", (event) => event.preventDefault());
    this.list.addEventListener("click", (event) => {
      const option = event.target.closest("[role=option]");
      if (option) this.choose(option);
    });
    if (this.waits) this.input.focus(); // the browser, or a refusal, may have focused the select before there was an input
  }

  options() {
    return [...this.list.querySelectorAll("[role=option]")];
  }

  // Until the answer for what was typed is there, nothing of the list of what was typed before is marked, and Enter waits.
  search(wait) {
    clearTimeout(this.waiting);
    this.stale = true;
    this.eager = false;
    this.then = null;
    this.steps = 0;
    this.mark(-1);
    const turn = (this.turn = ++running);
    this.waiting = setTimeout(() => this.fetch(turn), wait);
  }

  async fetch(turn) {
    const address = new URL(this.select.dataset.combobox, location.href);
    address.searchParams.set("q", this.input.value === this.chosen ? "" : this.input.value);
    const answer = await fetch(address, { headers: { "HX-Request": "true", "HX-Request-Type": "partial" } }).catch(() => null);
    if (turn !== this.turn) return;
    if (!answer?.ok) return this.tell("The list does not answer. Try again in a moment.");
    const found = new DOMParser().parseFromString(await answer.text(), "text/html").querySelectorAll("[role=option]");
    if (turn !== this.turn || !(this.eager || document.activeElement === this.input)) return;
    if (!found.length) return this.tell("Nothing found. Type fewer letters.");
    this.list.replaceChildren(...found);
    this.options().forEach((option, index) => (option.id ||= `${this.list.id}-${index}`));
    this.stale = false;
    this.open();
    this.mark(this.first());
    this.step(this.steps);
    if (this.eager) this.act();
  }

  // Nothing typed: what is chosen already, which a hasty Enter must not exchange for the first of the list.
  first() {
    if (!this.chosen || this.input.value !== this.chosen) return 0;
    return this.options().findIndex((option) => option.dataset.value === this.select.value);
  }

  // What is pressed while the answer is awaited counts when it is there: the same as if it had been there.
  step(by) {
    if (this.stale) this.steps += by;
    else if (by) this.mark(this.at < 0 && by < 0 ? -1 : this.at + by, true);
  }

  act() {
    this.eager = this.stale;
    if (this.stale) return;
    const option = this.options()[this.at];
    const then = this.then;
    if (option) this.choose(option);
    else this.close();
    then?.();
  }

  tell(text) {
    this.stale = this.eager = false;
    if (this.then) this.input.focus();
    this.then = null;
    const line = document.createElement("p");
    line.className = "menu-title";
    line.textContent = text;
    this.list.replaceChildren(line);
    this.input.removeAttribute("aria-activedescendant");
    if (document.activeElement === this.input) this.open();
    else this.leave();
  }

  open() {
    this.list.hidden = false;
    this.input.setAttribute("aria-expanded", "true");
  }

  close() {
    clearTimeout(this.waiting);
    this.turn = 0;
    this.stale = this.eager = false;
    this.then = null;
    this.list.hidden = true;
    this.input.setAttribute("aria-expanded", "false");
    this.input.removeAttribute("aria-activedescendant");
  }

  mark(index, round = false) {
    const options = this.options();
    this.at = round && options.length ? (index + options.length) % options.length : index;
    options.forEach((option, place) => {
      option.classList.toggle("is-active", place === this.at);
      option.setAttribute("aria-selected", String(place === this.at));
    });
    const option = options[this.at];
    option?.scrollIntoView({ block: "nearest" });
    if (option) this.input.setAttribute("aria-activedescendant", option.id);
    else this.input.removeAttribute("aria-activedescendant");
  }

  press(event) {
    if (event.key === "Escape" && !this.list.hidden) {
      event.stopPropagation();
      event.preventDefault();
      this.input.value = this.chosen;
      return this.close();
    }
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      return this.list.hidden && !this.stale ? this.search(0) : this.step(event.key === "ArrowDown" ? 1 : -1);
    }
    if (event.key === "Enter" && (this.stale || !this.list.hidden)) {
      event.preventDefault();
      this.act();
    }
  }

  choose(option) {
    this.take(option.dataset.value, option.dataset.label ?? option.textContent.trim());
    this.close();
    if ("submits" in this.select.dataset) {
      hush();
      this.select.form.requestSubmit();
    }
  }

  take(value, label) {
    const known = [...this.select.options].find((one) => one.value === value);
    if (!known) this.select.add(new Option(label, value));
    this.select.value = value;
    this.input.value = this.chosen = value ? label : "";
    this.keepLabel(this.chosen);
    this.select.dispatchEvent(new Event("change", { bubbles: true }));
  }

  // The label goes with the form, so that the field reads the same when the form comes back with an error.
  keepLabel(label) {
    this.hidden ??= this.box.appendChild(Object.assign(document.createElement("input"), { type: "hidden", name: `${this.select.name}_label` }));
    this.hidden.value = label;
  }

  // Enter was pressed before the answer was there: it is still on its way, and so is the choice.
  leave() {
    if (this.eager) return;
    this.close();
    if (this.input.value.trim() === "" && this.chosen) this.take("", "");
    else this.input.value = this.chosen;
  }
}

// Chosen by the page and not by a person: the value with the label that stands for it.
export function chooseIn(select, value, label) {
  if (boxes.has(select) && select.value !== value) boxes.get(select).take(value, label);
}

export function enhanceComboboxes(root) {
  root.querySelectorAll("select[data-combobox]:not([hidden])").forEach((select) => new Combobox(select));
}

// A form that is sent while a choice is on its way waits for it, instead of going with the choice before.
function hold(event) {
  const box = [...event.target.querySelectorAll(".combobox > select")].map((select) => boxes.get(select)).find((one) => one?.eager);
  if (!box) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  box.then = () => event.target.requestSubmit(event.submitter?.isConnected ? event.submitter : undefined);
}

export function bindComboboxes() {
  addEventListener("submit", hold, true);
  document.addEventListener("reset", (event) => {
    for (const box of event.target.querySelectorAll(".combobox > .input")) box.value = "";
  });
}

// The command palette: what the page can do (everything with data-key and a label), what can be begun, where to go; filtered while typing.
// Records come from the address in data-search, in groups; without letters they are the matters looked at last, and stand first.
import { labelOf } from "./keys.js";

const WAIT = 120;

function commands() {
  const found = [...document.querySelectorAll(".app [data-key]:not([data-opens=palette], [data-opens=keys], [data-key^='g '])")];
  const here = found.filter((one) => one.checkVisibility?.() !== false && !one.disabled);
  return here.map((one) => ({ element: one, label: nameOf(one), key: one.dataset.key })).filter((one) => one.label);
}

// A timer goes without its matter: who types the matter's name wants the matter, and Enter must not stop the clock.
function nameOf(element) {
  return element.matches(".timer-toggle") ? `${labelOf(element).split(" ")[0]} timer` : labelOf(element);
}

function item(command, index) {
  const row = Object.assign(document.createElement("div"), { id: `palette-do-${index}`, className: "menu-item", tabIndex: -1 });
  row.setAttribute("role", "option");
  const label = Object.assign(document.createElement("span"), { className: "truncate", textContent: command.label });
  label.dataset.label = "";
  const icon = (command.element.querySelector(".icon") ?? command.element.closest(".filter-text")?.querySelector(".icon"))?.cloneNode(true);
  const key = Object.assign(document.createElement("span"), { className: "kbd-row" });
  key.append(Object.assign(document.createElement("kbd"), { className: "kbd", textContent: command.key.replace("ctrl+enter", "Ctrl ↵").toUpperCase() }));
  row.append(...(icon ? [icon] : []), label, key);
  row.dataset.words = "";
  row.dataset.command = "";
  row.addEventListener("click", () => {
    row.closest("dialog").close();
    if (command.element.matches("input, textarea")) command.element.focus();
    else command.element.click();
  });
  return row;
}

// Case is folded letter by letter, so that places in the folded text are places in the text.
function highlight(label, words) {
  const text = label.textContent;
  const folded = [...text].map((one) => (one.toLowerCase().length === one.length ? one.toLowerCase() : one)).join("");
  const at = new Set();
  for (const word of words) {
    const from = folded.indexOf(word);
    if (from >= 0) for (let place = from; place < from + word.length; place += 1) at.add(place);
  }
  const parts = [];
  for (let place = 0; place < text.length; place += 1) {
    const last = parts.at(-1);
    if (last && last.marked === at.has(place)) last.text += text[place];
    else parts.push({ marked: at.has(place), text: text[place] });
  }
  label.replaceChildren(...parts.map((part) => (part.marked ? Object.assign(document.createElement("mark"), { textContent: part.text }) : part.text)));
}

class Palette {
  constructor(dialog) {
    this.dialog = dialog;
    this.input = dialog.querySelector("input[role=combobox]");
    this.list = dialog.querySelector("[role=listbox]");
    this.doing = this.list.querySelector("[data-do]");
    this.acts = [...this.doing.querySelectorAll("[role=option]")];
    this.input.addEventListener("input", () => this.filter());
    this.input.addEventListener("keydown", (event) => this.press(event));
    this.list.addEventListener("click", (event) => this.start(event.target.closest("[data-starts]")));
    this.list.addEventListener("click", (event) => this.record(event.target.closest("[data-sentence]")));
    dialog.addEventListener("opening", () => this.begin());
    dialog.addEventListener("close", () => this.rest());
  }

  // Runs before the dialog is shown: from the first letter on nothing is cleared any more.
  begin() {
    this.rest();
    this.input.value = "";
    this.doing.querySelectorAll("[data-command]").forEach((row) => row.remove());
    const here = commands();
    const known = new Set(here.map((one) => one.element.href).filter(Boolean));
    this.acts.forEach((row) => row.toggleAttribute("data-twice", known.has(row.href)));
    this.doing.querySelector(".menu-title").after(...here.map((one, index) => item(one, index)));
    this.records().forEach((group) => group.remove());
    this.filter();
  }

  rest() {
    clearTimeout(this.waiting);
    this.turn = (this.turn ?? 0) + 1;
    this.stale = this.eager = false;
  }

  records() {
    return [...this.list.querySelectorAll("[data-records]")];
  }

  // What is here is filtered at once and marked; records of what was typed before stay to be seen, but nothing acts on them.
  filter() {
    const text = this.input.value.trim().toLowerCase();
    const words = text.replace(/^>/, "").split(/\s+/).filter(Boolean);
    for (const row of this.list.querySelectorAll("[data-do] [role=option], [data-go] [role=option]")) {
      const label = row.querySelector("[data-label]");
      const told = `${label.textContent} ${row.dataset.words ?? ""}`.toLowerCase();
      const fits = words.every((word) => told.includes(word)) && !("twice" in row.dataset);
      row.hidden = !fits || text.startsWith("#") || (text.startsWith(">") && !this.doing.contains(row));
      if (!row.hidden) highlight(label, words);
    }
    this.rest();
    this.stale = !text.startsWith(">");
    if (!this.stale) this.records().forEach((group) => group.remove());
    this.hideEmpty();
    this.mark(words.length ? this.shown()[0] : undefined);
    if (!this.stale) return this.tell();
    const turn = this.turn;
    this.waiting = setTimeout(() => this.fetch(turn), words.length ? WAIT : 0);
  }

  async fetch(turn) {
    const address = new URL(this.dialog.dataset.search, location.href);
    address.searchParams.set("q", this.input.value.trim());
    const answer = await fetch(address, { headers: { "HX-Request": "true", "HX-Request-Type": "partial" } }).catch(() => null);
    const text = answer?.ok ? await answer.text() : "";
    if (turn === this.turn) this.take(new DOMParser().parseFromString(text, "text/html").querySelectorAll("[role=group]"));
  }

  // Records stand below what was found here, so that their arrival moves no row under the mark. The recent ones stand first.
  take(groups) {
    this.records().forEach((group) => group.remove());
    groups.forEach((group) => (group.dataset.records = ""));
    if (this.input.value.trim()) this.list.append(...groups);
    else this.list.prepend(...groups);
    this.stale = false;
    this.hideEmpty();
    if (!this.marked?.isConnected) this.mark(this.shown()[0]);
    this.tell();
    if (this.eager) this.act();
  }

  tell() {
    this.dialog.querySelector("[data-none]").hidden = this.stale || this.shown().length > 0;
  }

  hideEmpty() {
    for (const group of this.list.children) group.hidden = ![...group.querySelectorAll("[role=option]")].some((row) => !row.hidden);
  }

  shown() {
    return [...this.list.querySelectorAll("[role=option]")].filter((row) => !row.hidden && !(this.stale && row.closest("[data-records]")));
  }

  mark(row) {
    this.marked = row;
    for (const one of this.list.querySelectorAll("[role=option]")) {
      one.classList.toggle("is-active", one === row);
      one.setAttribute("aria-selected", String(one === row));
    }
    row?.scrollIntoView({ block: "nearest" });
    if (row) this.input.setAttribute("aria-activedescendant", row.id);
    else this.input.removeAttribute("aria-activedescendant");
  }

  step(by) {
    const rows = this.shown();
    const from = rows.indexOf(this.marked);
    if (rows.length) this.mark(rows[(from < 0 && by < 0 ? rows.length - 1 : from + by + rows.length) % rows.length]);
  }

  // The row that is seen marked; with none, the first one that the answer to what was typed brings.
  act(second = false) {
    this.eager = !this.marked && this.stale;
    if (!this.dialog.open || !this.marked) return;
    if (second && this.marked.dataset.second) location.assign(this.marked.dataset.second);
    else this.marked.click();
  }

  start(row) {
    const form = row && document.getElementById("palette-start");
    if (!form) return;
    form.elements.matter_id.value = row.dataset.starts;
    this.dialog.close();
    form.requestSubmit();
  }

  // A sentence about work goes as it stands in the row, with the reading that the row showed.
  record(row) {
    const form = row && document.getElementById("palette-sentence");
    if (!form) return;
    form.elements.sentence.value = row.dataset.sentence;
    form.elements.seen.value = row.dataset.sentenceSeen;
    form.elements.key.value = row.dataset.sentenceKey;
    this.dialog.close();
    form.requestSubmit();
  }

  press(event) {
    const steps = { ArrowDown: 1, ArrowUp: -1 };
    if (event.key in steps) {
      event.preventDefault();
      this.step(steps[event.key]);
    } else if (event.key === "Enter" && !event.isComposing) {
      event.preventDefault();
      this.act(event.ctrlKey || event.metaKey);
    }
  }
}

const built = new WeakSet();

export function bindPalette() {
  const build = () => {
    const dialog = document.querySelector("[data-palette]");
    if (dialog && !built.has(dialog)) built.add(dialog), new Palette(dialog);
  };
  build();
  document.addEventListener("htmx:after:swap", build);
}

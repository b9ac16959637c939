// The command palette: what the page can do (everything with data-key and a label), then where to go; filtered while typing.
// Records come from the address in data-search, as options with an href.
const WAIT = 120;

function commands() {
  const found = [...document.querySelectorAll(".app [data-key]:not(.search)")].filter((one) => one.checkVisibility?.() !== false && !one.disabled);
  return found.map((one) => ({ element: one, label: labelOf(one) })).filter((one) => one.label);
}

function labelOf(element) {
  const copy = element.cloneNode(true);
  copy.querySelectorAll(".kbd").forEach((key) => key.remove());
  return element.getAttribute("aria-label") || copy.textContent.trim() || element.placeholder || "";
}

function item(template, command, index) {
  const row = template.cloneNode(false);
  row.removeAttribute("href");
  row.id = `palette-do-${index}`;
  row.textContent = command.label;
  row.dataset.command = "";
  row.addEventListener("click", () => {
    row.closest("dialog").close();
    if (command.element.matches("input, textarea")) command.element.focus();
    else command.element.click();
  });
  return row;
}

class Palette {
  constructor(dialog) {
    this.dialog = dialog;
    this.input = dialog.querySelector("input");
    this.list = dialog.querySelector("[role=listbox]");
    this.places = [...this.list.children];
    this.input.addEventListener("input", () => this.filter());
    this.input.addEventListener("keydown", (event) => this.press(event));
    dialog.addEventListener("opening", () => this.begin());
    dialog.addEventListener("close", () => this.rest());
  }

  // Runs before the dialog is shown: from the first letter on nothing is cleared any more.
  begin() {
    this.rest();
    this.input.value = "";
    this.list.replaceChildren(...(this.places.length ? commands().map((one, index) => item(this.places[0], one, index)) : []), ...this.places);
    this.filter();
  }

  rest() {
    clearTimeout(this.waiting);
    this.turn = (this.turn ?? 0) + 1;
    this.stale = this.eager = false;
  }

  // What is here is filtered at once and marked; records of what was typed before stay to be seen, but nothing acts on them.
  filter() {
    const words = this.input.value.toLowerCase().split(/\s+/).filter(Boolean);
    for (const row of this.list.children) {
      if (!row.dataset.record) row.hidden = !words.every((word) => row.textContent.toLowerCase().includes(word));
    }
    this.rest();
    this.stale = Boolean(this.dialog.dataset.search);
    this.mark(this.shown()[0]);
    if (!this.stale) return;
    const turn = this.turn;
    this.waiting = setTimeout(() => this.fetch(turn), WAIT);
  }

  async fetch(turn) {
    const typed = this.input.value.trim();
    const address = new URL(this.dialog.dataset.search, location.href);
    address.searchParams.set("q", typed);
    const answer = typed ? await fetch(address, { headers: { "HX-Request": "true", "HX-Request-Type": "partial" } }).catch(() => null) : null;
    const text = answer?.ok ? await answer.text() : "";
    if (turn === this.turn) this.take(new DOMParser().parseFromString(text, "text/html").querySelectorAll("a[role=option]"));
  }

  // Records stand below what was found here, so that their arrival moves no row and no mark.
  take(rows) {
    this.list.querySelectorAll("[data-record]").forEach((row) => row.remove());
    rows.forEach((row, index) => Object.assign(row, { id: `palette-record-${index}` }).setAttribute("data-record", "yes"));
    this.list.append(...rows);
    this.stale = false;
    if (!this.marked) this.mark(this.shown()[0]);
    if (this.eager) this.act();
  }

  shown() {
    return [...this.list.children].filter((row) => !row.hidden && !(this.stale && row.dataset.record));
  }

  mark(row) {
    this.marked = row;
    for (const one of this.list.children) {
      one.classList.toggle("is-active", one === row);
      one.setAttribute("aria-selected", String(one === row));
    }
    row?.scrollIntoView({ block: "nearest" });
    if (row) this.input.setAttribute("aria-activedescendant", row.id);
    else this.input.removeAttribute("aria-activedescendant");
  }

  step(by) {
    const rows = this.shown();
    if (rows.length) this.mark(rows[(rows.indexOf(this.marked) + by + rows.length) % rows.length]);
  }

  // The row that is seen marked; with none, the first one that the answer to what was typed brings.
  act() {
    this.eager = !this.marked && this.stale;
    if (this.dialog.open) this.marked?.click();
  }

  press(event) {
    const steps = { ArrowDown: 1, ArrowUp: -1 };
    if (event.key in steps) {
      event.preventDefault();
      this.step(steps[event.key]);
    } else if (event.key === "Enter" && !event.isComposing) {
      event.preventDefault();
      this.act();
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

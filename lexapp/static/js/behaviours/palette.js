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
    dialog.addEventListener("toggle", (event) => event.newState === "open" && this.begin());
  }

  begin() {
    this.input.value = "";
    this.list.replaceChildren(...(this.places.length ? commands().map((one, index) => item(this.places[0], one, index)) : []), ...this.places);
    this.filter();
    this.input.focus();
  }

  filter() {
    const words = this.input.value.toLowerCase().split(/\s+/).filter(Boolean);
    for (const row of this.list.children) {
      if (!row.dataset.record) row.hidden = !words.every((word) => row.textContent.toLowerCase().includes(word));
    }
    this.mark(0);
    clearTimeout(this.waiting);
    if (this.dialog.dataset.search) this.waiting = setTimeout(() => this.fetch(), WAIT);
  }

  async fetch() {
    const typed = this.input.value.trim();
    const address = new URL(this.dialog.dataset.search, location.href);
    address.searchParams.set("q", typed);
    const answer = typed ? await fetch(address, { headers: { "HX-Request": "true", "HX-Request-Type": "partial" } }).catch(() => null) : null;
    const text = answer?.ok ? await answer.text() : "";
    if (typed !== this.input.value.trim()) return;
    this.list.querySelectorAll("[data-record]").forEach((row) => row.remove());
    const rows = new DOMParser().parseFromString(text, "text/html").querySelectorAll("a[role=option]");
    rows.forEach((row, index) => Object.assign(row, { id: `palette-record-${index}` }).setAttribute("data-record", "yes"));
    this.list.prepend(...rows);
    this.mark(0);
  }

  shown() {
    return [...this.list.children].filter((row) => !row.hidden);
  }

  mark(index) {
    const rows = this.shown();
    this.list.querySelectorAll(".is-active").forEach((row) => row.classList.remove("is-active"));
    this.at = rows.length ? (index + rows.length) % rows.length : 0;
    const row = rows[this.at];
    [...this.list.children].forEach((one) => one.setAttribute("aria-selected", String(one === row)));
    row?.classList.add("is-active");
    row?.scrollIntoView({ block: "nearest" });
    if (row) this.input.setAttribute("aria-activedescendant", row.id);
  }

  press(event) {
    const steps = { ArrowDown: 1, ArrowUp: -1 };
    if (event.key in steps) {
      event.preventDefault();
      this.mark(this.at + steps[event.key]);
    } else if (event.key === "Enter") {
      event.preventDefault();
      this.shown()[this.at]?.click();
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

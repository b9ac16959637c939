// [data-lines] holds rows that are reviewed one by one: j and k go from row to row, a letter presses the action of the same
// data-menu-key in the row that is current, Escape closes the desk that is open. A row that was swapped keeps its place.
// data-needs-closed-lines: a button that waits until no desk is open, since what is typed there would be no part of what it does.
import { showToast } from "./toasts.js";

let place = -1;
const all = () => [...document.querySelectorAll("[data-lines] [data-line]")];
const row = (element) => element?.closest?.("[data-line]");

function current(rows) {
  const focused = row(document.activeElement);
  return rows.includes(focused) ? focused : rows[place];
}

function go(rows, step) {
  place = Math.min(Math.max(rows.indexOf(current(rows)) + step, 0), rows.length - 1);
  rows.forEach((one, at) => one.classList.toggle("is-at", at === place));
  rows[place].focus({ preventScroll: true });
  rows[place].scrollIntoView({ block: "nearest" });
}

function types(element) {
  return element.matches?.("textarea, select, input:not([type=checkbox], [type=radio])");
}

function press(event) {
  if (event.defaultPrevented || event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
  if (document.querySelector("dialog[open], [popover]:popover-open")) return;
  const rows = all();
  if (!rows.length) return;
  if (event.key === "Escape") return row(event.target)?.querySelector("[data-line-cancel]")?.click();
  if (types(event.target) || document.body.dataset.letters === "off") return;
  const key = event.key.toLowerCase();
  if (key === "j" || key === "k") {
    event.preventDefault();
    return go(rows, key === "j" ? 1 : -1);
  }
  const action = current(rows)?.querySelector(`[data-menu-key="${CSS.escape(key)}"]`);
  if (!action) return;
  event.preventDefault();
  action.click();
}

function refuse(event) {
  if (!event.target.closest?.("[data-needs-closed-lines]")) return;
  const rows = all();
  const open = rows.find((one) => one.querySelector("[data-line-cancel]"));
  if (!open) return;
  event.preventDefault();
  event.stopPropagation();
  showToast({ message: `Save or cancel line ${rows.indexOf(open) + 1} first.`, tone: "wrong" });
  if (!open.contains(document.activeElement)) open.querySelector("textarea")?.focus();
}

export function bindLines() {
  document.addEventListener("click", refuse, true);
  document.addEventListener("keydown", press);
  document.addEventListener("focusin", (event) => {
    const at = all().indexOf(row(event.target));
    if (at >= 0) place = at;
  });
  document.addEventListener("htmx:after:swap", () => all()[place]?.classList.add("is-at"));
}

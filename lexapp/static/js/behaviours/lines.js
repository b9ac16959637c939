// [data-lines] holds rows that are reviewed one by one: j and k go from row to row, a letter presses the action of the same
// data-menu-key in the row that is current, Escape closes the desk that is open.
const row = (element) => element?.closest?.("[data-line]");

function current(rows) {
  const focused = row(document.activeElement);
  return rows.includes(focused) ? focused : rows.find((one) => one.classList.contains("is-at"));
}

function go(rows, step) {
  const at = rows.indexOf(current(rows));
  const next = rows[Math.min(Math.max(at + step, 0), rows.length - 1)];
  rows.forEach((one) => one.classList.toggle("is-at", one === next));
  next.focus({ preventScroll: true });
  next.scrollIntoView({ block: "nearest" });
}

function types(element) {
  return element.matches?.("textarea, select, input:not([type=checkbox], [type=radio])");
}

function press(event) {
  if (event.defaultPrevented || event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
  if (document.querySelector("dialog[open], [popover]:popover-open")) return;
  const rows = [...document.querySelectorAll("[data-lines] [data-line]")];
  if (!rows.length) return;
  if (event.key === "Escape") return row(event.target)?.querySelector("[data-line-cancel]")?.click();
  if (types(event.target)) return;
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

export function bindLines() {
  document.addEventListener("keydown", press);
}

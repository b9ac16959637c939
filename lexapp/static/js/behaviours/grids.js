// [data-grid] on a table of cells to type in ([data-cell]): arrows go from cell to cell, Enter down, Shift+Enter opens what belongs to
// the cell ([data-cell-more]), Esc takes back what was typed. A cell saves itself when it is left, as fields do.
const STEPS = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };

function place(cell) {
  const td = cell.closest("td");
  return [td.parentElement.rowIndex, td.cellIndex];
}

function at(grid, row, column) {
  return grid.rows[row]?.cells[column]?.querySelector("[data-cell]");
}

// Rows and columns without a cell to go to are passed over.
function next(grid, cell, [down, right]) {
  let [row, column] = place(cell);
  for (;;) {
    row += down;
    column += right;
    if (row < 1 || row >= grid.rows.length || column < 0 || column >= grid.rows[row].cells.length) return null;
    const found = at(grid, row, column);
    if (found?.checkVisibility?.() !== false && found) return found;
  }
}

// Within what is being typed the arrows move the caret; at its ends, and where all is selected, they leave.
function staysInside(cell, key) {
  if (!cell.matches("input") || !["ArrowLeft", "ArrowRight"].includes(key)) return false;
  const all = cell.selectionStart === 0 && cell.selectionEnd === cell.value.length;
  if (all) return false;
  if (cell.selectionStart !== cell.selectionEnd) return true;
  return key === "ArrowLeft" ? cell.selectionStart > 0 : cell.selectionEnd < cell.value.length;
}

function go(cell) {
  cell?.focus();
  cell?.select?.();
}

function takeBack(cell) {
  cell.value = cell.dataset.was;
  cell.select();
}

function press(event) {
  const cell = event.target.closest?.("[data-grid] [data-cell]");
  if (!cell || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  const grid = cell.closest("[data-grid]");
  if (event.key === "Enter" && cell.matches("input")) {
    event.preventDefault();
    if (event.shiftKey) return cell.parentElement.querySelector("[data-cell-more]")?.click();
    const below = next(grid, cell, STEPS.ArrowDown);
    if (below) return go(below);
    cell.blur();
    return cell.focus();
  }
  if (event.key === "Escape" && cell.matches("input") && cell.value !== cell.dataset.was) {
    event.preventDefault();
    event.stopPropagation();
    return takeBack(cell);
  }
  if (!(event.key in STEPS) || event.shiftKey || staysInside(cell, event.key)) return;
  const found = next(grid, cell, STEPS[event.key]);
  if (!found) return;
  event.preventDefault();
  go(found);
}

export function bindGrids() {
  document.addEventListener("keydown", press);
  document.addEventListener("focusin", (event) => event.target.matches?.("[data-grid] input[data-cell]") && event.target.select());
}

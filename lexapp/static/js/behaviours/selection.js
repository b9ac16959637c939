// [data-selects] around a table with tick boxes: the head box ticks all, the bulk bar shows count, hours and sum of what is ticked.
// Shift ticks a range. Sums are of whole numbers: hundredths of an hour, minor units.
let last = null;

function amount(minor, bar) {
  const places = Number(bar.dataset.places ?? 2);
  const text = String(Math.abs(minor)).padStart(places + 1, "0");
  const whole = text.slice(0, text.length - places).replace(/\B(?=(\d{3})+$)/g, ",");
  return `${minor < 0 ? "−" : ""}${bar.dataset.symbol ?? ""}${whole}${places ? `.${text.slice(-places)}` : ""}`;
}

function sum(boxes, name) {
  return boxes.reduce((total, box) => total + Number(box.dataset[name] ?? 0), 0);
}

function update(frame) {
  const boxes = [...frame.querySelectorAll("[data-select]")];
  const ticked = boxes.filter((box) => box.checked);
  boxes.forEach((box) => box.closest("tr")?.classList.toggle("is-selected", box.checked));
  const all = frame.querySelector("[data-select-all]");
  if (all) {
    all.checked = boxes.length > 0 && ticked.length === boxes.length;
    all.indeterminate = ticked.length > 0 && ticked.length < boxes.length;
  }
  const bar = frame.querySelector("[data-bulkbar]");
  if (!bar) return;
  bar.toggleAttribute("data-empty", ticked.length === 0);
  bar.querySelector("[data-bulk-count]").textContent = `${ticked.length} selected`;
  const parts = [];
  if (ticked.some((box) => box.dataset.hours)) parts.push(`${(sum(ticked, "hours") / 100).toFixed(2)} h`);
  if (ticked.some((box) => box.dataset.minor)) parts.push(amount(sum(ticked, "minor"), bar));
  bar.querySelector("[data-bulk-sums]").textContent = parts.join(" · ");
}

function tickRange(frame, box) {
  const boxes = [...frame.querySelectorAll("[data-select]")];
  const [from, to] = [boxes.indexOf(last), boxes.indexOf(box)].sort((a, b) => a - b);
  if (from >= 0) boxes.slice(from, to + 1).forEach((one) => (one.checked = box.checked));
}

export function bindSelection() {
  document.addEventListener("click", (event) => {
    const box = event.target;
    const frame = box.matches?.("[data-select], [data-select-all]") && box.closest("[data-selects]");
    if (!frame) return;
    if (box.matches("[data-select-all]")) frame.querySelectorAll("[data-select]").forEach((one) => (one.checked = box.checked));
    else if (event.shiftKey && last) tickRange(frame, box);
    if (box.matches("[data-select]")) last = box;
    update(frame);
  });
  document.addEventListener("htmx:after:swap", () => document.querySelectorAll("[data-selects]").forEach(update));
}

// data-allocates on a form with boxes of money: shows what is applied and what is left while somebody types. The value is what there is
// to apply in minor units, or the id of the field that holds it. [data-box] carries what its invoice owes; [data-fill] fills the oldest
// first; a tick with [data-early] puts what settles the invoice with its discount into the box of its row. The server reads everything again and has the last word.
function minorOf(text, places) {
  const found = text.trim().replace(/,/g, "").match(/^(\d+(?:\.\d+)?|\.\d+)(k)?$/i);
  return found ? Math.round(Number(found[1]) * (found[2] ? 1000 : 1) * 10 ** places) : 0;
}

function plain(minor, places) {
  const digits = String(Math.abs(minor)).padStart(places + 1, "0");
  const whole = digits.slice(0, digits.length - places).replace(/\B(?=(\d{3})+$)/g, ",");
  return places ? `${whole}.${digits.slice(-places)}` : whole;
}

function show(form, name, minor, places) {
  const money = form.querySelector(`[data-standing="${name}"] .money`);
  if (!money) return;
  const currency = money.querySelector(".money-currency");
  money.classList.toggle("money--zero", minor === 0);
  money.classList.toggle("money--paren", minor < 0);
  const text = plain(minor, places);
  money.replaceChildren(minor < 0 ? "(" : "", ...(currency ? [currency] : []), minor < 0 ? `${text})` : text);
}

function read(form) {
  const places = Number(form.dataset.places ?? 2);
  const field = document.getElementById(form.dataset.allocates);
  const amount = field ? minorOf(field.value, places) : Number(form.dataset.allocates);
  const boxes = [...form.querySelectorAll("[data-box]")];
  return { places, amount, boxes };
}

function update(form) {
  const { places, amount, boxes } = read(form);
  const applied = boxes.reduce((sum, box) => sum + minorOf(box.value, places), 0);
  show(form, "amount", amount, places);
  show(form, "applied", applied, places);
  show(form, "left", amount - applied, places);
  const over = form.querySelector('[data-standing="over"]');
  if (over) over.hidden = applied <= amount;
}

function keepEarly(form, tick) {
  const { places, amount } = read(form);
  const box = tick.closest("tr")?.querySelector("[data-box]");
  if (!box) return;
  box.dataset.whole ??= box.dataset.box;
  const before = minorOf(box.value, places);
  const after = tick.checked ? Number(tick.dataset.early) : Number(box.dataset.whole);
  const field = document.getElementById(form.dataset.allocates);
  if (field && (amount === before || !amount)) field.value = plain(after, places);
  box.dataset.box = String(after);
  box.value = plain(after, places);
  update(form);
}

function fill(form) {
  const { places, amount, boxes } = read(form);
  let left = amount;
  for (const box of boxes) {
    const part = Math.min(Number(box.dataset.box), left);
    box.value = part > 0 ? plain(part, places) : "";
    left -= Math.max(part, 0);
  }
  update(form);
}

export function bindAllocating() {
  document.addEventListener("input", (event) => {
    const form = event.target.closest?.("form[data-allocates]");
    if (form && event.target.matches("[data-early]")) keepEarly(form, event.target);
    else if (form) update(form);
  });
  document.addEventListener("click", (event) => {
    const form = event.target.closest?.("[data-fill]")?.closest("form[data-allocates]");
    if (!form) return;
    event.preventDefault();
    fill(form);
  });
}

// data-reads="duration|money|date": says below the field what the typed text means. The server reads it again and has the last word.
const HOUR = 3600;

export function readDuration(text) {
  const typed = text.trim().toLowerCase().replace(/\s+/g, " ");
  let found = typed.match(/^(\d{1,3}):([0-5]\d)(?::([0-5]\d))?$/);
  if (found) return Number(found[1]) * HOUR + Number(found[2]) * 60 + Number(found[3] ?? 0);
  found = typed.match(/^(\d*\.?\d+)\s*(h|hours?|m|min|mins|minutes?)?$/);
  if (found) return Math.round(Number(found[1]) * (found[2]?.startsWith("m") ? 60 : HOUR));
  found = typed.match(/^(\d+(?:\.\d+)?)\s*h(?:ours?)?\s*(\d{1,2})\s*(?:m|min|mins|minutes?)?$/);
  return found ? Math.round(Number(found[1]) * HOUR) + Number(found[2]) * 60 : null;
}

function sayDuration(field) {
  const seconds = readDuration(field.value);
  if (seconds === null || seconds <= 0 || seconds > 24 * HOUR) return "";
  const { increment = 0, direction = "up", minimum = 0 } = field.dataset;
  const steps = { up: Math.ceil, down: Math.floor, nearest: Math.round }[direction](seconds / (Number(increment) || 1));
  const stepped = steps * (Number(increment) || 1);
  const billed = Math.max(stepped, Number(minimum));
  const text = (Math.round(billed / 36) / 100).toFixed(2);
  if (billed > stepped) return `= ${text}, the least that is billed`;
  if (billed === seconds) return `= ${text} h`;
  return `= ${text}, rounded ${direction === "nearest" ? "to the nearest" : `${direction} to`} ${Number((increment / HOUR).toFixed(4))}`;
}

function sayMoney(field) {
  const found = field.value.trim().replace(/,/g, "").match(/^(-?\d+(?:\.\d+)?)(k)?$/i);
  if (!found || (!found[2] && /^[\d,]+\.\d\d$/.test(field.value.trim()))) return "";
  const amount = Number(found[1]) * (found[2] ? 1000 : 1);
  return `= ${amount.toLocaleString("en-US", { minimumFractionDigits: 2, maximumFractionDigits: 2 })}`;
}

const READERS = { duration: sayDuration, money: sayMoney };

function read(field) {
  const place = document.querySelector(`[data-reading-of="${CSS.escape(field.id)}"]`);
  if (!place || !READERS[field.dataset.reads]) return;
  const text = READERS[field.dataset.reads](field);
  place.textContent = text;
  place.hidden = !text;
}

export function bindReadings() {
  document.addEventListener("input", (event) => {
    if (event.target.matches?.("[data-reads]")) read(event.target);
  });
}

// data-ticks="seconds": a running clock. The server said how many seconds were counted when it answered; the browser adds what passed since.
const started = new WeakMap();

function show(element) {
  if (!started.has(element)) started.set(element, { from: performance.now(), seconds: Number(element.dataset.ticks) });
  const { from, seconds } = started.get(element);
  const total = Math.floor(seconds + (performance.now() - from) / 1000);
  const minutes = Math.floor(total / 60);
  const two = (number) => String(number).padStart(2, "0");
  put(element.querySelector("[data-clock]"), `${Math.floor(minutes / 60)}:${two(minutes % 60)}`);
  put(element.querySelector("[data-seconds]"), `:${two(total % 60)}`);
}

function put(element, text) {
  if (element && element.textContent !== text) element.textContent = text;
}

export function bindTicking() {
  const tick = () => document.querySelectorAll("[data-ticks]").forEach(show);
  tick();
  setInterval(tick, 1000);
  document.addEventListener("htmx:after:swap", tick);
  document.addEventListener("visibilitychange", tick);
}

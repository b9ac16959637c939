// The timer bar: lists of time fetch themselves anew when it says that the day's total has changed, and it fetches itself anew when
// the window comes back after a while, because timers may have been moved in another one.
const AWAY = 30_000;
let day = null;
let due = null;
let left = null;

const bar = () => document.getElementById("timer-bar");

function notice() {
  const now = bar()?.dataset.day ?? null;
  if (now !== day && day !== null) document.body.dispatchEvent(new CustomEvent("time-changed"));
  day = now;
  if (document.activeElement === document.body) bar()?.querySelector(".timer-toggle")?.focus({ preventScroll: true });
}

// When the next timer asks whether it was forgotten, the bar is fetched anew.
function wait() {
  clearTimeout(due);
  const seconds = Number(bar()?.dataset.staleIn ?? 0);
  if (seconds && seconds < 86_400) due = setTimeout(() => bar()?.dispatchEvent(new CustomEvent("timers-stale")), seconds * 1000);
}

export function bindTimers() {
  day = bar()?.dataset.day ?? null;
  wait();
  document.addEventListener("htmx:after:swap", (event) => {
    if (event.detail.ctx.target?.id === "timer-bar") notice();
    else day = bar()?.dataset.day ?? null;
    wait();
  });
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) left = Date.now();
    else if (left && Date.now() - left > AWAY) bar()?.dispatchEvent(new CustomEvent("timers-stale"));
  });
}

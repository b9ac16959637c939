// After a form comes back with errors, the first wrong field has the focus. When the focused element was swapped away and nothing took
// its place, the focus goes to the fragment instead of falling back to the top of the page.
let before = null;

function rescue() {
  const lost = document.activeElement === document.body || document.activeElement === null;
  if (!lost || !before) return;
  const target = document.getElementById(before);
  const inside = target?.matches("a[href], button, input, select, textarea") ? target : target?.querySelector("a[href], button, input:not([type=hidden]), select, textarea");
  inside?.focus({ preventScroll: true });
}

export function bindFocus() {
  document.addEventListener("htmx:before:swap", (event) => {
    const { ctx } = event.detail;
    before = document.activeElement?.id || ctx.target?.id || ctx.sourceElement?.closest?.("[id]")?.id || null;
  });
  document.addEventListener("htmx:after:swap", (event) => {
    const wrong = event.detail.ctx.response?.status === 422 && document.querySelector("form [aria-invalid=true]:not([hidden])");
    if (wrong) wrong.focus();
    else rescue();
  });
}

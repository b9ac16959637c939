// After a form comes back with errors, the first wrong field has the focus. When the focused element was swapped away and nothing took
// its place, the focus goes to the fragment instead of falling back to the top of the page.
// data-then="term-2" on a button names what has the focus once its answer is there: what it added, or what stands beside what it took out.
// A page that came by a swap begins at its top, as one that was loaded does; what is replaced in place stays where it is.
const CAN = ':is(a[href], button, input:not([type=hidden]), select, textarea):not([tabindex="-1"], [hidden])';
let before = null;
let shown = location.pathname;

function rescue() {
  const lost = document.activeElement === document.body || document.activeElement === null;
  if (!lost || !before) return;
  const target = document.getElementById(before);
  const inside = target?.matches(CAN) ? target : target?.querySelector(CAN);
  inside?.focus({ preventScroll: true });
}

function goOn(then) {
  const target = then && document.getElementById(then);
  (target?.matches(CAN) ? target : target?.querySelector(CAN))?.focus();
}

function beginAtTop(ctx) {
  const path = new URL(ctx.response?.raw?.url || ctx.request.action, location.href).pathname;
  const whole = ctx.target?.tagName === "BODY";
  if (whole && path !== shown && !location.hash && !ctx.request.headers["HX-History-Restore-Request"]) scrollTo(0, 0);
  shown = whole ? path : location.pathname;
}

export function bindFocus() {
  document.querySelector("form [aria-invalid=true]:not([hidden])")?.focus();
  document.addEventListener("htmx:before:swap", (event) => {
    const { ctx } = event.detail;
    before = document.activeElement?.id || ctx.target?.id || ctx.sourceElement?.closest?.("[id]")?.id || null;
  });
  document.addEventListener("htmx:after:swap", (event) => {
    const wrong = event.detail.ctx.response?.status === 422 && document.querySelector("form [aria-invalid=true]:not([hidden])");
    if (wrong) wrong.focus();
    else {
      goOn(event.detail.ctx.request.submitter?.dataset.then);
      rescue();
    }
    beginAtTop(event.detail.ctx);
  });
}

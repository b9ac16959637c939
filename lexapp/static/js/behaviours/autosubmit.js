// data-autosubmit: a filter form sends itself when a control changes, and while somebody types in it. What is typed to find a record is
// no filter yet: the choice is.
const WAIT = 250;
const waiting = new WeakMap();

function send(form) {
  clearTimeout(waiting.get(form));
  form.requestSubmit();
}

export function bindAutosubmit() {
  document.addEventListener("change", (event) => {
    const form = event.target.form?.matches("[data-autosubmit]") && event.target.form;
    if (form && !event.target.matches("[type=search], [type=text]")) send(form);
  });
  document.addEventListener("input", (event) => {
    const form = event.target.form?.matches("[data-autosubmit][hx-get]") && event.target.form;
    if (!form || !event.target.matches("[type=search], [type=text]") || event.target.matches("[role=combobox]")) return;
    clearTimeout(waiting.get(form));
    waiting.set(form, setTimeout(() => send(form), WAIT));
  });
}

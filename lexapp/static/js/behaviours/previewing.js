// data-previews="frame": a form whose button with that formtarget shows it unsaved presses that button itself, half a second after typing.
const WAIT = 500;
let waiting;

function show(form) {
  const button = form.querySelector(`[formtarget="${form.dataset.previews}"]`);
  if (form.isConnected && button) form.requestSubmit(button);
}

export function bindPreviewing() {
  document.addEventListener("input", (event) => {
    const form = event.target.form?.matches("[data-previews]") && event.target.form;
    if (!form) return;
    clearTimeout(waiting);
    waiting = setTimeout(() => show(form), WAIT);
  });
}

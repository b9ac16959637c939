// data-once: a form is sent once; its button is busy meanwhile. data-confirm="…": asks first, in a dialog that repeats the verb.
function busy(form, on) {
  const button = form.pressed ?? form.querySelector("button[type=submit], button:not([type])");
  if (on) form.dataset.sending = "yes";
  else delete form.dataset.sending;
  if (!button) return;
  if (on) button.setAttribute("aria-busy", "true");
  else button.removeAttribute("aria-busy");
  if (button.dataset.busy) swapLabel(button, on);
}

function swapLabel(button, on) {
  const text = [...button.childNodes].find((node) => node.nodeType === Node.TEXT_NODE && node.textContent.trim());
  if (!text) return;
  button.restLabel ??= text.textContent;
  text.textContent = on ? button.dataset.busy : button.restLabel;
}

function ask(form) {
  const dialog = document.getElementById("confirm-template").content.querySelector("dialog").cloneNode(true);
  const verb = form.dataset.confirmVerb || "Go on";
  dialog.querySelector("[data-confirm-title]").textContent = `${verb}?`;
  dialog.querySelector("[data-confirm-text]").textContent = form.dataset.confirm;
  dialog.querySelector("[data-confirm-go]").textContent = verb;
  dialog.addEventListener("close", () => {
    dialog.remove();
    if (dialog.returnValue !== "go") return;
    form.dataset.confirmed = "yes";
    form.requestSubmit(form.pressed?.isConnected ? form.pressed : undefined);
  });
  document.body.append(dialog);
  dialog.showModal();
}

function beforeSubmit(event) {
  const form = event.target;
  if (event.submitter?.hasAttribute("formtarget")) return; // it is shown in a frame: this page stays and may be sent
  form.pressed = event.submitter;
  if (form.dataset.sending || (form.dataset.confirm && !form.dataset.confirmed)) {
    event.preventDefault();
    event.stopImmediatePropagation();
    if (!form.dataset.sending) ask(form);
    return;
  }
  delete form.dataset.confirmed;
  const plain = !form.hasAttribute("hx-post") && form.method === "post" && form.matches("[data-once]");
  if (plain) setTimeout(() => !event.defaultPrevented && busy(form, true));
}

// A field that asks for something itself, such as how its text is read, does not send its form.
function ofRequest(event) {
  const source = event.detail?.ctx?.sourceElement;
  if (source?.matches?.("input, select, textarea, [data-hints]")) return null;
  const form = event.detail?.ctx?.request?.form ?? source;
  return form?.matches?.("form[data-once]") ? form : null;
}

export function bindSending() {
  addEventListener("submit", beforeSubmit, true);
  document.addEventListener("htmx:before:request", (event) => ofRequest(event) && busy(ofRequest(event), true));
  document.addEventListener("htmx:finally:request", (event) => ofRequest(event) && busy(ofRequest(event), false));
  addEventListener("pageshow", () => document.querySelectorAll("form[data-sending]").forEach((form) => busy(form, false)));
}

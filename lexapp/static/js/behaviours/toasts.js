// Toasts: the server's come with the page or in the HX-Trigger header as the event `toast`. Good news goes by itself, later where it can be undone; errors stay.
const LASTS = 6000;
const UNDO_LASTS = 12_000;

function fade(toast) {
  if (toast.getAttribute("role") === "alert") return;
  const lasts = toast.querySelector("[data-key=z]") ? UNDO_LASTS : LASTS;
  let timer = setTimeout(() => toast.remove(), lasts);
  toast.addEventListener("pointerenter", () => clearTimeout(timer));
  toast.addEventListener("focusin", () => clearTimeout(timer));
  toast.addEventListener("pointerleave", () => (timer = setTimeout(() => toast.remove(), lasts)));
}

export function showToast({ message, tone = "done", undo = null }) {
  const place = document.getElementById("toasts");
  const template = document.getElementById(tone === "wrong" ? "toast-wrong-template" : "toast-template");
  if (!place || !template) return;
  const toast = template.content.querySelector("[data-toast]").cloneNode(true);
  toast.querySelector("[data-toast-text]").textContent = message;
  if (undo) toast.querySelector("[data-dismiss]").before(undoForm(undo));
  const same = [...place.children].find((one) => one.querySelector("[data-toast-text]")?.textContent === message);
  same?.remove();
  if (undo) place.querySelectorAll("[data-key]").forEach((older) => older.removeAttribute("data-key"));
  place.append(toast);
  fade(toast);
}

function undoForm(address) {
  const form = document.getElementById("undo-template").content.querySelector("form").cloneNode(true);
  form.action = address;
  return form;
}

export function bindToasts() {
  document.querySelectorAll("#toasts [data-toast]").forEach(fade);
  document.addEventListener("toast", (event) => (event.detail.toasts ?? [event.detail]).forEach(showToast));
  document.addEventListener("htmx:after:swap", () => document.querySelectorAll("#toasts [data-toast]:not([data-known])").forEach(fade));
  document.addEventListener("click", (event) => event.target.closest?.("[data-dismiss]")?.closest("[data-toast]")?.remove());
}

// data-visit="/matters/12/visit": an open page says that somebody looks at its record, for the way back to it.
let told = null;

function tell() {
  const address = document.querySelector("[data-visit]")?.dataset.visit ?? null;
  if (address === told || document.visibilityState !== "visible") return;
  told = address;
  const headers = { "X-CSRFToken": document.querySelector("meta[name=csrf-token]").content, "HX-Request": "true", "HX-Request-Type": "partial" };
  if (address && navigator.onLine) fetch(address, { method: "POST", headers, keepalive: true }).catch(() => null);
}

export function bindVisits() {
  tell();
  document.addEventListener("htmx:after:swap", tell);
  document.addEventListener("visibilitychange", tell);
}

// What went wrong on the way: offline, timeouts, and answers of the server that are not meant to be shown in place.
import { showToast } from "./toasts.js";

const OFFLINE = "Not saved: you are offline. Your text is still here; try again when the connection is back.";
const SILENT = "Not saved: the server did not answer. Your text is still here.";
const BROKEN = "Something broke on our side. Nothing was changed; try once more.";

export function bindFailures() {
  document.addEventListener("htmx:error", (event) => {
    if (event.detail?.ctx) showToast({ message: navigator.onLine ? SILENT : OFFLINE, tone: "wrong" });
  });
  document.addEventListener("htmx:response:error", (event) => {
    const { response, hx } = event.detail.ctx;
    if (response.status >= 500 && !hx?.trigger) showToast({ message: BROKEN, tone: "wrong" });
  });
}

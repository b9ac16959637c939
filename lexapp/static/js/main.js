// Behaviours are declared by data attributes and listen on the document, so that swapped fragments work without being bound again.
// `enhance` is for the few that must build something once per element.
import { bindAllocating } from "./behaviours/allocating.js";
import { bindAutosubmit } from "./behaviours/autosubmit.js";
import { bindComboboxes, enhanceComboboxes } from "./behaviours/combobox.js";
import { bindConnection } from "./behaviours/connection.js";
import { bindDrafts, enhanceDrafts } from "./behaviours/drafts.js";
import { bindFailures } from "./behaviours/failures.js";
import { bindFocus } from "./behaviours/focus.js";
import { bindGrids } from "./behaviours/grids.js";
import { guessZones } from "./behaviours/guesses.js";
import { bindHints } from "./behaviours/hints.js";
import { bindIdle } from "./behaviours/idle.js";
import { bindKeys } from "./behaviours/keys.js";
import { bindLeaving } from "./behaviours/leaving.js";
import { bindLines } from "./behaviours/lines.js";
import { bindLive } from "./behaviours/live.js";
import { bindOverlays, openWaitingDialogs } from "./behaviours/overlays.js";
import { bindPalette } from "./behaviours/palette.js";
import { bindPrinting } from "./behaviours/printing.js";
import { bindPreviewing } from "./behaviours/previewing.js";
import { bindReadings } from "./behaviours/readings.js";
import { bindReceipts } from "./behaviours/receipts.js";
import { bindSelection } from "./behaviours/selection.js";
import { bindSending } from "./behaviours/sending.js";
import { bindSnippets } from "./behaviours/snippets.js";
import { showCurrentTab } from "./behaviours/tabs.js";
import { bindTicking } from "./behaviours/ticking.js";
import { bindTimers } from "./behaviours/timers.js";
import { bindToasts } from "./behaviours/toasts.js";
import { bindVisits } from "./behaviours/visits.js";

function enhance() {
  enhanceComboboxes(document);
  enhanceDrafts(document);
  openWaitingDialogs(document);
}

document.documentElement.dataset.script = "on";
for (const bind of [
  bindComboboxes, bindSending, bindOverlays, bindKeys, bindLeaving, bindLines, bindTicking, bindReadings, bindSelection,
  bindAllocating, bindAutosubmit, bindTimers, bindToasts, bindFailures, bindFocus, bindPalette, bindPrinting, bindConnection, bindDrafts,
  bindVisits, bindPreviewing, bindLive, bindGrids, bindSnippets, bindIdle, bindReceipts, bindHints,
]) {
  bind();
}
// htmx would begin in a task of its own, and a key pressed before that would follow a link instead of swapping what it names.
window.htmx?.initialize();
enhance();
guessZones(document);
showCurrentTab(document);
document.addEventListener("htmx:after:swap", enhance);
document.addEventListener("live", enhance);

// data-key="t", "ctrl+k", "shift+enter": the key presses (or focuses) the element that carries it. Plain letters rest while somebody types.
function name(event) {
  const parts = [];
  if (event.ctrlKey || event.metaKey) parts.push("ctrl");
  if (event.altKey) parts.push("alt");
  if (event.shiftKey && event.key.length > 1) parts.push("shift");
  parts.push(event.key.toLowerCase());
  return parts.join("+");
}

function types(element) {
  return element.isContentEditable || element.matches?.("textarea, select, input:not([type=checkbox], [type=radio], [type=button], [type=submit])");
}

function reachable(element) {
  return element.checkVisibility?.() !== false && !element.disabled && element.getAttribute("aria-disabled") !== "true";
}

function press(event) {
  if (event.defaultPrevented || event.isComposing) return;
  const combination = name(event);
  if (types(event.target) && !combination.startsWith("ctrl+") && combination !== "escape") return;
  if (document.querySelector("[popover][data-menu]:popover-open")) return;
  const scope = document.querySelector("dialog[open]") ?? document;
  const selector = `[data-key="${CSS.escape(combination)}"]`;
  const found = [...(event.target.form?.querySelectorAll(selector) ?? []), ...scope.querySelectorAll(selector)].find(reachable);
  if (!found) return;
  event.preventDefault();
  if (found.matches("input, textarea, select")) found.focus();
  else found.click();
}

export function bindKeys() {
  document.addEventListener("keydown", press);
}

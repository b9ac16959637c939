// data-opens="id" opens a <dialog> (on a link, whose address is the page for browsers without script) and tells it by the event "opening" before it is shown, data-closes closes the one around it, data-open opens as soon as it is in the page.
// Popovers with data-anchored stand under the button that opened them; arrows walk a menu, its letters press its items.
// One that is fetched when its opener is pressed comes into #popover, opens there by itself (data-open), and closes once it was used.
const GAP = 4;
let opener = null;

function place(popover) {
  const button = document.querySelector(`[popovertarget="${CSS.escape(popover.id)}"]`) ?? opener;
  if (!button?.isConnected) return;
  const at = button.getBoundingClientRect();
  const size = popover.getBoundingClientRect();
  const left = Math.min(Math.max(at.right - size.width, 8), innerWidth - size.width - 8);
  const below = at.bottom + GAP;
  const fits = below + size.height < innerHeight || at.top < size.height;
  popover.style.setProperty("left", `${left}px`);
  popover.style.setProperty("top", `${fits ? below : at.top - size.height - GAP}px`);
}

function walk(popover, event) {
  const items = [...popover.querySelectorAll(".menu-item:not([aria-disabled=true])")];
  const steps = { ArrowDown: 1, ArrowUp: -1 };
  if (event.key in steps && items.length) {
    event.preventDefault();
    const at = items.indexOf(document.activeElement);
    items[(at + steps[event.key] + items.length) % items.length].focus();
    return;
  }
  const pressed = items.find((item) => item.dataset.menuKey === event.key.toLowerCase());
  if (pressed) {
    event.preventDefault();
    pressed.click();
  }
}

export function openWaitingDialogs(root) {
  for (const dialog of root.querySelectorAll("dialog[data-open]:not([open])")) {
    dialog.removeAttribute("data-open");
    dialog.showModal();
  }
  for (const popover of root.querySelectorAll("[popover][data-open]")) {
    popover.removeAttribute("data-open");
    popover.showPopover();
    if (popover.matches("[data-anchored]")) place(popover);
  }
}

// A link that is a button where there is script: the space bar presses it too.
function pressBySpace(event) {
  if (event.key !== " " || !event.target.matches?.("a[role=button]")) return;
  event.preventDefault();
  event.target.click();
}

export function bindOverlays() {
  document.addEventListener("click", (event) => {
    const opener = event.target.closest?.("[data-opens]");
    const dialog = opener && document.getElementById(opener.dataset.opens);
    if (dialog) {
      event.preventDefault();
      dialog.dispatchEvent(new CustomEvent("opening", { bubbles: true })); // "toggle" comes only after somebody could have typed
      dialog.showModal();
    }
    if (event.target.closest?.("[data-closes]")) event.target.closest("dialog")?.close();
    if (event.target.matches?.("dialog[open]")) event.target.close();
  });
  document.addEventListener("click", (event) => (opener = event.target.closest?.("[aria-haspopup]") ?? opener), true);
  document.addEventListener("keydown", pressBySpace);
  document.addEventListener("htmx:finally:request", (event) => event.detail.ctx?.sourceElement?.closest?.("#popover [popover]")?.hidePopover());
  document.addEventListener("toggle", (event) => {
    if (event.newState !== "open" || !event.target.matches?.("[popover]")) return;
    if (event.target.matches("[data-anchored]")) place(event.target);
    if (event.target.matches("[data-menu]")) event.target.querySelector(".menu-item")?.focus();
  }, true);
  document.addEventListener("keydown", (event) => {
    const popover = document.querySelector("[popover][data-menu]:popover-open");
    if (popover && !event.ctrlKey && !event.metaKey && !event.altKey) walk(popover, event);
  });
  addEventListener("scroll", () => document.querySelectorAll("[data-anchored]:popover-open").forEach(place), { capture: true, passive: true });
}

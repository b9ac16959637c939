// Tabs that are wider than a phone begin with the current one in sight.
export function showCurrentTab(root) {
  for (const tab of root.querySelectorAll(".tabs > [aria-current]")) {
    const row = tab.parentElement;
    row.scrollLeft = tab.offsetLeft - row.offsetLeft - (row.clientWidth - tab.offsetWidth) / 2;
  }
}

// data-prints: a button that opens the browser's own print dialog.
export function bindPrinting() {
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-prints]")) window.print();
  });
}

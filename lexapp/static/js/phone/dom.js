// Elements are built, never parsed: what people wrote cannot become markup.
const SVG = "http://www.w3.org/2000/svg";
export const SETTLE_MS = 400;
let settled = null;

export function h(tag, given = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(given)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name in element && name !== "list" && typeof value !== "string") element[name] = value;
    else if (value !== null && value !== undefined && value !== false) element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

export function icon(name) {
  const drawing = document.createElementNS(SVG, "svg");
  drawing.setAttribute("class", "icon");
  drawing.setAttribute("aria-hidden", "true");
  const use = drawing.appendChild(document.createElementNS(SVG, "use"));
  use.setAttribute("href", `${document.body.dataset.sprite}#i-${name}`);
  return drawing;
}

export function button(label, kind, onclick, drawing = null, more = {}) {
  return h("button", { type: "button", class: `button ${kind}`, onclick, ...more }, drawing && icon(drawing), label);
}

// What a press has changed takes no other for a moment: the second tap of two must not land on what came to lie under it.
export function settle() {
  clearTimeout(settled);
  document.body.dataset.settling = "";
  settled = setTimeout(() => delete document.body.dataset.settling, SETTLE_MS);
}

// Opens over everything; Escape, the backdrop and anything marked data-closes close it. `body` and `foot` are lists of elements.
export function sheet(title, body, foot = []) {
  const frame = document.getElementById("sheet");
  if (frame.open && document.getElementById("sheet-title")?.textContent !== title) settle();
  const close = h("button", { type: "button", class: "button button--icon button--quiet", "aria-label": "Close", "data-closes": true }, icon("close"));
  const head = h("div", { class: "dialog-head" }, h("h2", { id: "sheet-title" }, title), close);
  const parts = [head, h("div", { class: "dialog-body" }, body), foot.length ? h("div", { class: "dialog-foot" }, foot) : null];
  frame.replaceChildren(h("div", { class: "dialog" }, parts));
  frame.setAttribute("aria-labelledby", "sheet-title");
  if (!frame.open) frame.showModal();
  return frame;
}

export function closeSheet() {
  document.getElementById("sheet").close();
  settle();
}

export function say(text, wrong = false, act = null) {
  const told = h("div", { class: `toast${wrong ? " toast--wrong" : ""}`, role: wrong ? "alert" : "status" }, icon(wrong ? "error" : "done"), h("span", { class: "grow" }, text), act);
  document.getElementById("toasts").replaceChildren(told);
  setTimeout(() => told.remove(), wrong ? 20_000 : 6_000);
}

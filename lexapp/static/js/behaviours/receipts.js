// data-receipt="id": what was chosen is shown there before it is sent, a picture drawn small; a file beyond the limit is refused at once,
// and the form is not sent until another takes its place or it is given up.
// data-camera="id": that field's file comes from the camera. The server reads the file again and has the last word.
const LARGEST_BYTES = 15_000_000;
const SIDE = 360;

function megabytes(bytes) {
  return bytes < 100_000 ? `${Math.max(1, Math.round(bytes / 1000))} kB` : `${(bytes / 1_000_000).toFixed(1)} MB`;
}

function paragraph(text, name) {
  return Object.assign(document.createElement("p"), { className: name, textContent: text });
}

async function drawing(file) {
  const picture = await createImageBitmap(file).catch(() => null);
  if (!picture) return null;
  const scale = Math.min(1, SIDE / Math.max(picture.width, picture.height));
  const size = { width: Math.max(1, Math.round(picture.width * scale)), height: Math.max(1, Math.round(picture.height * scale)) };
  const canvas = Object.assign(document.createElement("canvas"), size);
  canvas.getContext("2d").drawImage(picture, 0, 0, size.width, size.height);
  picture.close();
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", "The chosen picture");
  return canvas;
}

function giveUp(field, place) {
  const button = Object.assign(document.createElement("button"), { type: "button", className: "button button--small", textContent: "Go on without it" });
  button.addEventListener("click", () => {
    settle(field, place);
    field.focus();
  });
  return button;
}

function settle(field, place) {
  field.setCustomValidity("");
  field.removeAttribute("aria-invalid");
  place.replaceChildren();
}

function refuse(field, place, sentence) {
  field.value = "";
  field.setCustomValidity(sentence);
  field.setAttribute("aria-invalid", "true");
  place.append(paragraph(sentence, "field-error"), giveUp(field, place));
}

function holdBack(event) {
  const field = event.target.querySelector("[data-receipt]");
  if (!field?.validity.customError) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  field.focus();
  document.getElementById(field.dataset.receipt)?.scrollIntoView({ block: "center" });
}

async function show(field) {
  const place = document.getElementById(field.dataset.receipt);
  const file = field.files[0];
  if (!place) return;
  settle(field, place);
  if (!file) return;
  if (file.size > LARGEST_BYTES) {
    refuse(field, place, `The file has ${megabytes(file.size)}. Choose one of at most ${LARGEST_BYTES / 1_000_000} MB.`);
    return;
  }
  const canvas = await drawing(file);
  if (field.files[0] === file) place.replaceChildren(...(canvas ? [canvas] : []), paragraph(`${file.name}, ${megabytes(file.size)}`, "field-hint"));
}

export function bindReceipts() {
  addEventListener("submit", holdBack, true);
  document.addEventListener("change", (event) => {
    if (event.target.matches?.("[data-receipt]")) show(event.target);
  });
  document.addEventListener("click", (event) => {
    const field = document.getElementById(event.target.closest?.("[data-camera]")?.dataset.camera ?? "");
    if (!field) return;
    field.setAttribute("capture", "environment");
    field.click();
    field.removeAttribute("capture");
  });
}

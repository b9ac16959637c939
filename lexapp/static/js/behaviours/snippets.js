// Narratives ([name=narrative], and the sentence of the quick line) expand snippets: the abbreviation and a space become the text. The
// list is fetched when the first of these fields gets the focus, and kept in the page alone.
const FIELDS = "textarea[name=narrative], input[name=sentence]";
let words = null;
let asked = 0;
const FRESH = 60_000;

async function learn() {
  if (asked && Date.now() - asked < FRESH) return;
  asked = Date.now();
  const answer = await fetch("/snippets.json", { headers: { Accept: "application/json" } }).catch(() => null);
  if (answer?.ok && answer.headers.get("Content-Type")?.startsWith("application/json")) words = new Map(Object.entries(await answer.json()));
}

// The word before the space that was just typed; nothing where the caret stands elsewhere.
function typedWord(field) {
  const before = field.value.slice(0, field.selectionStart);
  return before.endsWith(" ") ? (before.slice(0, -1).match(/\S+$/)?.[0] ?? "") : "";
}

function expand(event) {
  const field = event.target;
  if (!words || !field.matches?.(FIELDS) || event.data !== " " || event.isComposing) return;
  const word = typedWord(field);
  const text = words.get(word);
  if (text === undefined) return;
  const end = field.selectionStart;
  field.setRangeText(`${text.replace(/\s+$/, "")} `, end - word.length - 1, end, "end");
  field.dispatchEvent(new InputEvent("input", { bubbles: true, inputType: "insertReplacementText" }));
}

export function bindSnippets() {
  document.addEventListener("focusin", (event) => event.target.matches?.(FIELDS) && learn());
  document.addEventListener("input", expand);
  if (document.activeElement?.matches?.(FIELDS)) learn();
}

// data-guesses="time-zone": a list that nobody has touched and the server has not filled begins with what the browser knows.
export function guessZones(root) {
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  for (const select of root.querySelectorAll("select[data-guesses='time-zone']")) {
    const known = [...select.options].some((option) => option.value === zone);
    if (known && !select.form.querySelector("[aria-invalid]")) select.value = zone;
  }
}

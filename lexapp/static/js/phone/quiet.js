// Whether a running timer was forgotten, and until when somebody was there: the same rules as lexapp/domain/timer_quiet.py.
import { happenedAt } from "./queue.js";

const HERE = "you used this phone";

// 0 seconds: never.
export function asks(timer, after, now) {
  return Boolean(after) && timer.state === "running" && timer.told.vouchedAt !== null && now - timer.told.vouchedAt >= after * 1000;
}

// The moment before the longest silence between the start and now; null where nothing was seen before it.
export function beforeQuiet(since, seen, now) {
  const moments = [since, ...seen.filter((at) => since < at && at <= now).sort((a, b) => a - b), now];
  let begin = since;
  let longest = -1;
  moments.slice(1).forEach((at, place) => {
    if (at - moments[place] > longest) [begin, longest] = [moments[place], at - moments[place]];
  });
  return begin > since ? begin : null;
}

// What the office knew when it was last met, and what was pressed on this phone: { at, what } or null.
export function lastSeen(timer, rows, now) {
  const since = timer.told.vouchedAt;
  const heard = timer.seen ? [[Date.parse(timer.seen.at), timer.seen.what]] : [];
  const known = new Map([...rows.map(({ event }) => [happenedAt(event), HERE]), ...heard]);
  const at = beforeQuiet(since, [...known.keys()], now);
  return at === null ? null : { at, what: known.get(at) };
}

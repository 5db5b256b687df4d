// The server's clock, as far as the phone knows it. Across a restart the phone's own clock carries it on.

const SOON_MS = 15 * 60_000;
const BEIJING_MS = 8 * 3_600_000;
let ahead = 0;
let serverMs = null;
let takenAt = 0;

export function setClock(text, tripMs) {
  const instant = Date.parse(text);
  if (Number.isNaN(instant)) return;
  serverMs = instant + tripMs / 2;
  takenAt = performance.now();
  ahead = serverMs - Date.now();
}

// Said by a list of before: what the phone's clock was wrong by then.
export function setAhead(ms) {
  if (serverMs === null && Number.isFinite(ms)) ahead = ms;
}

export const aheadBy = () => ahead;

// While the page lives only the time passed is taken from the phone: its clock may be set.
export const now = () =>
  serverMs === null ? Date.now() + ahead : serverMs + (performance.now() - takenAt);

const two = (number) => String(number).padStart(2, "0");

function span(seconds) {
  return `${two(Math.floor(seconds / 3600))}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
}

export function countdown(due, at) {
  const left = Date.parse(due) - at;
  if (left < 0) return { level: "overdue", digits: `+${span(Math.floor(-left / 1000))}` };
  return { level: left <= SOON_MS ? "soon" : "fine", digits: span(Math.ceil(left / 1000)) };
}

export function beijing(ms) {
  return new Date(ms + BEIJING_MS).toISOString().slice(5, 19).replace("T", " ");
}

export function beijingDay(ms) {
  return new Date(ms + BEIJING_MS).toISOString().slice(0, 10);
}

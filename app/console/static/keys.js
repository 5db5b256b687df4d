// What a duty officer does often, from the keyboard: through the orders, open one, to the filter, back to the board.
// Keys with a modifier, and keys typed into a field, are the browser's.

const help = document.getElementById("keys");
const rows = () => [...document.querySelectorAll("#orders tr:not([hidden])")];
const link = (row) => row.querySelector("td.number a");

function move(by) {
  const all = rows();
  if (all.length === 0) return;
  const at = all.findIndex((row) => row.contains(document.activeElement));
  const next = at < 0 ? (by > 0 ? 0 : all.length - 1) : Math.min(Math.max(at + by, 0), all.length - 1);
  link(all[next]).focus();
  all[next].scrollIntoView({ block: "nearest" });
}

// By its number on the board: 1 is the most urgent.
function open(place) {
  const row = rows()[place - 1];
  if (row) link(row).click();
}

const acts = {
  j: () => move(1),
  k: () => move(-1),
  ArrowDown: () => move(1),
  ArrowUp: () => move(-1),
  x: () => document.dispatchEvent(new CustomEvent("geshao:mark")),
  n: () => document.dispatchEvent(new CustomEvent("geshao:note")),
  f: () => document.querySelector("#filter select")?.focus(),
  b: () => document.querySelector("#breaches a")?.focus(),
  o: () => document.getElementById("new-order")?.click(),
  m: () => document.getElementById("ring")?.click(),
  h: () => location.assign("/"),
  "?": () => (help.open ? help.close() : help.showModal()),
};

document.getElementById("keys-close")?.addEventListener("click", () => help.close());

addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  const within = event.target.closest("input:not([name=order]), select, textarea, button, summary, [contenteditable], #map, dialog");
  if (within && !(within === help && event.key === "?")) return;
  if (event.key.startsWith("Arrow") && rows().length === 0) return;
  if (/^[1-9]$/.test(event.key) && rows().length) open(Number(event.key));
  else if (acts[event.key]) acts[event.key]();
  else return;
  event.preventDefault();
});

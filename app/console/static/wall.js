// The wall shows as many orders as fit the screen, and turns to the next ones while nobody uses pointer or keyboard.

const TURN_MS = 15_000;

const body = document.getElementById("orders");
const card = body.closest("section");
const further = document.getElementById("further");
const feed = document.getElementById("breaches");
const still = matchMedia("(prefers-reduced-motion: reduce)");
let page = 0;
let pages = 1;
let used = -Infinity;

const bottom = (box) => box.getBoundingClientRect().bottom - parseFloat(getComputedStyle(box).paddingBottom);
const bounded = () => getComputedStyle(document.body).overflowY === "hidden";

// Rows are told to pages as they come, each page as full as its rows allow, and at least one row on each.
function paged(rows, room) {
  const made = [];
  let left = 0;
  for (const row of rows) {
    const height = row.getBoundingClientRect().height;
    if (!made.length || height > left) {
      made.push([]);
      left = room;
    }
    made.at(-1).push(row);
    left -= height;
  }
  return made;
}

function fitOrders() {
  const rows = [...body.rows];
  for (const row of rows) row.hidden = false;
  further.hidden = true;
  if (!bounded()) return;
  let found = paged(rows, bottom(card) - body.getBoundingClientRect().top);
  if (found.length > 1) {
    further.hidden = false;
    const line = further.getBoundingClientRect().height + parseFloat(getComputedStyle(further).marginTop);
    found = paged(rows, bottom(card) - body.getBoundingClientRect().top - line);
  }
  pages = Math.max(1, found.length);
  page %= pages;
  const shown = new Set(found[page]);
  for (const row of rows) row.hidden = !shown.has(row);
  const fill = (text, values) => text.replace(/\{(\w+)\}/g, (_whole, name) => values[name]);
  const more = fill(further.dataset.more, { count: rows.length - shown.size });
  further.firstElementChild.textContent = `${more} · ${fill(further.dataset.page, { page: page + 1, pages })}`;
}

function fitBreaches() {
  const items = [...feed.children];
  for (const item of items) item.hidden = false;
  if (!bounded()) return;
  const end = bottom(feed.closest("section"));
  // All are measured before any is hidden.
  const over = items.filter((item) => item.getBoundingClientRect().bottom > end);
  for (const item of over) item.hidden = true;
}

function fit() {
  fitOrders();
  fitBreaches();
}

function turn(by = 1) {
  page = (page + by + pages) % pages;
  fit();
}

const use = () => {
  used = performance.now();
};
for (const kind of ["pointermove", "pointerdown", "wheel", "keydown"]) addEventListener(kind, use, { passive: true });
further.querySelector("button").addEventListener("click", () => turn());

setInterval(() => {
  if (still.matches || document.hidden || performance.now() - used < TURN_MS) return;
  turn();
}, TURN_MS);
for (const list of [body, feed]) new MutationObserver(fit).observe(list, { childList: true });
// A line above the list that comes or goes takes of its room.
new ResizeObserver(fit).observe(card);
document.fonts.ready.then(fit);
addEventListener("resize", fit);
fit();

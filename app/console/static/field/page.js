// What is on screen: cards of orders, lines of what was sent. What people wrote goes in as text only.

import { beijing, countdown, now } from "./time.js";

export const WORDS = JSON.parse(document.body.dataset.words);
const REFUSALS = JSON.parse(document.body.dataset.refusals);

export const byId = (id) => document.getElementById(id);

export function say(key, values = {}) {
  return (WORDS[key] ?? key).replace(/%\((\w+)\)s/g, (_, name) => values[name] ?? "");
}

export function put(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

export const copied = (id) => byId(id).content.firstElementChild.cloneNode(true);

function fill(element, values) {
  for (const [name, value] of Object.entries(values)) {
    const field = element.querySelector(`[data-field="${name}"]`);
    field.hidden = !value;
    put(field, value || "");
  }
}

// The map of the phone, by an address that its app takes over; the place is said in WGS 84, as stations report it.
function wayTo({ lon, lat }, name) {
  const asked = new URLSearchParams({ position: `${lon},${lat}`, name, coordinate: "wgs84", callnative: "1" });
  return `https://uri.amap.com/marker?${asked}`;
}

// `underway` holds `order:kind` of what waits or was sent: it is not offered a second time.
export function card(order, underway, begun, onAcknowledge) {
  const shown = copied("card");
  shown.dataset.order = order.id;
  const { number, state_name, drill, severity_name, reason, place, comment } = order;
  const round = order.round > 1 ? ` ${say("round", { round: order.round })}` : "";
  fill(shown, { number, state_name: state_name + round, drill, severity_name, reason, place, comment, draft: begun && say("saved") });
  shown.querySelector('[data-field="state_name"]').classList.add(order.state);
  shown.querySelector(".severity").classList.add(order.severity);
  shown.querySelector(".due").hidden = !order.clock;
  if (order.clock) {
    fill(shown, { clock: order.clock.name });
    shown.querySelector(".countdown").dataset.due = order.clock.due;
  }
  shown.querySelector(".open").href = `/orders/${order.id}`;
  const way = shown.querySelector(".way");
  way.hidden = !order.site;
  if (order.site) way.href = wayTo(order.site, order.place);
  const open = (kind) => order.acts.includes(kind) && !underway.has(`${order.id}:${kind}`);
  // What was acknowledged without a network may be answered without one, and what was answered reported.
  const may = {
    acknowledge: open("acknowledge") && !underway.has(`${order.id}:feedback`),
    feedback: open("feedback"),
    report: open("report") || (underway.has(`${order.id}:feedback`) && !underway.has(`${order.id}:report`)),
  };
  for (const [kind, offered] of Object.entries(may)) {
    const button = shown.querySelector(`.${kind}`);
    button.hidden = !offered;
    if (kind === "acknowledge") button.addEventListener("click", () => onAcknowledge(order));
    else button.href = `#${kind}/${order.id}`;
  }
  return shown;
}

// A place to visit. Of another day than the phone's list nothing has been done yet; what waits here will be.
export function placeCard(place, fresh, waiting, begun) {
  const shown = copied("place");
  shown.dataset.place = place.key;
  const covered = fresh && place.covered;
  const state = waiting ? "waiting" : covered ? "received" : "";
  const times = place.per_day > 1 ? say("times", { done: fresh ? place.patrols : 0, times: place.per_day }) : "";
  const said = waiting ? say("waiting") : covered ? say("visited") : say("to_visit");
  fill(shown, { name: place.name, grid_name: place.grid_name, times, state: said, draft: begun && say("saved") });
  if (state) shown.querySelector(".badge").classList.add(state);
  shown.querySelector(".way").href = wayTo(place, place.name);
  const button = shown.querySelector(".patrol");
  button.hidden = waiting;
  button.classList.toggle("second", covered);
  button.href = `#patrol/${place.key}`;
  return shown;
}

// `answerable`: the order is still there to be answered anew.
export function line(item, person, answerable, { again, discard }) {
  const shown = copied("item");
  const foreign = person !== null && item.person !== person && item.state !== "received";
  const why = item.state === "refused" ? (item.code === "moved_on" ? say("moved_on") : (REFUSALS[item.code] ?? REFUSALS.invalid)) : "";
  fill(shown, {
    kind: say(item.kind),
    number: item.number,
    state: say(item.state),
    at: beijing(Date.parse(item.at)),
    photos: item.photos ? say("photos", { count: item.photos }) : "",
    reason: foreign ? say("other") : why,
    text: foreign ? "" : [item.body?.finding, item.body?.measures, item.body?.result, item.body?.note].filter(Boolean).join("\n"),
  });
  shown.dataset.item = item.id;
  shown.querySelector('[data-field="state"]').classList.add(item.state);
  const buttons = shown.querySelector(".buttons");
  buttons.hidden = item.state !== "refused" || foreign;
  const redo = buttons.querySelector(".again");
  redo.hidden = item.kind === "acknowledge" || !answerable;
  redo.addEventListener("click", () => again(item));
  buttons.querySelector(".discard").addEventListener("click", () => discard(item));
  return shown;
}

export function tick() {
  for (const shown of document.querySelectorAll(".countdown[data-due]")) {
    const { level, digits } = countdown(shown.dataset.due, now());
    shown.className = `countdown ${level}`;
    put(shown.querySelector(".word"), say(level === "overdue" ? "overdue" : "left"));
    put(shown.querySelector(".digits"), digits);
  }
}

// The field page: the orders as the server or the phone knows them, one form at a time, and the queue behind both.

import { form, keyOf } from "./form.js";
import { byId, card, line, placeCard, put, say, tick } from "./page.js";
import { pass } from "./queue.js";
import * as store from "./store.js";
import { aheadBy, beijing, beijingDay, now, setAhead, setClock } from "./time.js";

const LOOK_MS = 30_000;
const SOONEST_MS = 2_000;
const LONGEST_MS = 60_000;
const PATIENCE_MS = 20_000;
const KEPT_MS = 3 * 24 * 3_600_000;

let desk = null;
let queued = [];
let begun = new Set();
let connected = true;
let lookedAt = 0;
let drawn = "";
let shownForm = "";

class SignedOut extends Error {}

// ------------------------------------------------------------------ asking the server

async function look() {
  const sentAt = performance.now();
  lookedAt = sentAt;
  let answer;
  try {
    answer = await fetch("/f/orders", {
      redirect: "manual",
      cache: "no-store",
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
    if (answer.type === "opaqueredirect") throw new SignedOut();
    if (!answer.ok) throw new Error(`HTTP ${answer.status}`);
    const found = await answer.json();
    setClock(found.now, performance.now() - sentAt);
    desk = found;
  } catch (fault) {
    tell(fault);
    throw fault;
  }
  await store.put("kept", { key: "desk", desk: { ...desk, csrf: "" }, ahead: aheadBy() });
  tell(null);
  draw();
  return desk;
}

function tell(fault) {
  connected = fault === null;
  const out = fault instanceof SignedOut;
  // Nothing is kept yet that could be shown: to the sign-in at once.
  if (out && desk === null && !queued.length) location.assign(`/login?next=${encodeURIComponent(`/f${location.hash}`)}`);
  byId("sign-in").hidden = !out;
  const banner = byId("state");
  banner.hidden = connected;
  if (out) put(banner, say("ended"));
  else if (fault) put(banner, say("offline", { at: desk ? beijing(Date.parse(desk.now)) : "—" }));
}

// ------------------------------------------------------------------ on screen

async function reread() {
  queued = await store.queue();
  begun = new Set(await store.drafts());
  for (const item of queued) {
    if (item.state === "received" && now() - Date.parse(item.at) > KEPT_MS) await store.forget(item);
  }
  draw();
}

function draw() {
  const underway = new Set(
    queued.filter(({ state }) => state === "waiting" || state === "sent").map(({ order, kind }) => `${order}:${kind}`),
  );
  const orders = desk?.orders ?? [];
  // A list that has not changed stays as it is, with the focus in it.
  const places = placesNow();
  const fresh = desk?.day === beijingDay(now());
  const content = JSON.stringify([orders, places, fresh, desk?.person, queued, [...begun]]);
  if (content === drawn) return;
  drawn = content;
  byId("orders").replaceChildren(...orders.map((order) => {
      const draft = ["feedback", "report"].some((kind) => begun.has(keyOf(desk.person.id, order.id, kind)));
      return card(order, underway, draft, acknowledge);
    }));
  byId("places").replaceChildren(...places.map((place) => {
      const draft = begun.has(keyOf(desk.person.id, place.key, "patrol"));
      return placeCard(place, fresh, underway.has(`${place.key}:patrol`), draft);
    }));
  const done = fresh ? places.filter(({ covered }) => covered).length : 0;
  put(byId("patrol-title"), say("places", { done, all: places.length }));
  byId("patrol").hidden = shownForm !== "" || places.length === 0;
  byId("none").hidden = desk === null || orders.length > 0 || places.length > 0;
  put(byId("who"), desk?.person.name ?? "");
  byId("sign-out").hidden = desk === null;
  byId("queue").replaceChildren(
    ...[...queued].reverse().map((item) => {
      const answerable =
        orders.some(({ id, acts }) => id === item.order && acts.includes(item.kind)) ||
        (item.kind === "patrol" && places.some(({ key }) => key === item.order));
      return line(item, desk?.person.id ?? null, answerable, { again, discard });
    }),
  );
  byId("outgoing").hidden = shownForm !== "" || queued.length === 0;
  tick();
}

// A list that was kept by an older page has none.
const placesNow = () => desk?.places ?? [];

function placeAs(key) {
  const place = placesNow().find((one) => one.key === key);
  return place && { id: key, number: place.name, round: 0, site: place, within_m: place.within_m, place };
}

async function route() {
  const [kind, id] = location.hash.slice(1).split("/");
  const order = kind === "patrol" ? placeAs(id) : desk?.orders.find((one) => one.id === Number(id));
  const wanted = order && ["feedback", "report", "patrol"].includes(kind) ? `${kind}/${id}` : "";
  byId("list").hidden = wanted !== "";
  byId("patrol").hidden = wanted !== "" || placesNow().length === 0;
  byId("outgoing").hidden = wanted !== "" || queued.length === 0;
  byId("one").hidden = wanted === "";
  if (wanted === shownForm) return;
  shownForm = wanted;
  byId("one").replaceChildren();
  if (!wanted) {
    await reread();
    return;
  }
  const head =
    kind === "patrol" ? placeCard(order.place, desk.day === beijingDay(now()), false, false) : card(order, new Set(), false, () => {});
  for (const button of head.querySelectorAll(":scope > button, :scope > a.button")) button.remove();
  const list = document.createElement("ol");
  list.append(head);
  byId("one").append(list, await form(order, kind, desk.person.id, send));
  tick();
  scrollTo(0, 0);
}

// ------------------------------------------------------------------ acting

async function enter(order, kind, body, draftKey, photos) {
  const item = {
    id: crypto.randomUUID?.() ?? [...crypto.getRandomValues(new Uint32Array(4))].map((n) => n.toString(16)).join("-"),
    seq: Math.max(0, ...queued.map(({ seq }) => seq)) + 1,
    person: desk.person.id,
    order: order.id,
    number: order.number,
    round: order.round,
    version: null,
    kind,
    body,
    photos: photos.length,
    at: new Date(now()).toISOString(),
    state: "waiting",
  };
  await store.enqueue(item, draftKey, photos);
  await reread();
  hurry();
}

async function acknowledge(order) {
  // What is on its way already is not drawn with a button; a second tap before that is the same tap.
  if (queued.some((item) => item.order === order.id && item.kind === "acknowledge" && item.state === "waiting")) return;
  await enter(order, "acknowledge", {}, null, []);
}

async function send({ order, kind, body, key, photos }) {
  await enter(order, kind, body, key, photos);
  location.hash = "";
}

// What was entered stays, and is sent when its person signs in again; what the server told does not.
async function leave() {
  const { id } = desk.person;
  const unsent = (await store.queue()).filter(({ person, state }) => person === id && state !== "received");
  const drafts = (await store.drafts()).filter((key) => key.startsWith(`${id}:`));
  const mine = unsent.length + drafts.length;
  if (mine && !confirm(say("leave", { count: mine }))) return;
  try {
    const { csrf } = await look();
    const answer = await fetch("/logout", {
      method: "POST",
      redirect: "manual",
      headers: { "X-CSRF-Token": csrf },
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
    if (answer.type !== "opaqueredirect") throw new Error(`HTTP ${answer.status}`);
  } catch {
    const banner = byId("state");
    banner.hidden = false;
    put(banner, say("stay"));
    return;
  }
  await store.remove("kept", "desk");
  location.assign("/login?next=/f");
}

async function again(item) {
  const key = keyOf(item.person, item.order, item.kind);
  const { location: position = null, evidence: _, ...fields } = item.body;
  const draft = await store.get("drafts", key);
  // What was begun since stands below it; of what can only be chosen, the newer choice counts.
  for (const [name, text] of Object.entries(draft?.fields ?? {})) {
    const chosen = name === "cause_code" || name === "claims";
    fields[name] = chosen || !fields[name] || fields[name] === text ? text : `${fields[name]}\n${text}`;
  }
  await store.reopen(item, { key, fields, location: draft?.location ?? position });
  await reread();
  location.hash = `${item.kind}/${item.order}`;
}

async function discard(item) {
  await store.forget(item);
  await reread();
}

// ------------------------------------------------------------------ the beat

let pause = SOONEST_MS;
let timer = 0;
let running = false;
let wanted = false;

// Sends and looks, one at a time; what is entered meanwhile makes another round at once.
async function beat() {
  wanted = true;
  if (running) return;
  running = true;
  clearTimeout(timer);
  let failed = false;
  while (wanted && !failed) {
    wanted = false;
    try {
      await pass(look, () => void reread());
      await reread();
      if (!connected || (!document.hidden && performance.now() - lookedAt >= LOOK_MS)) await look();
    } catch {
      failed = true;
    }
  }
  running = false;
  pause = failed ? Math.min(LONGEST_MS, pause * 2) : SOONEST_MS;
  timer = setTimeout(beat, failed ? pause : LOOK_MS);
}

function hurry() {
  pause = SOONEST_MS;
  void beat();
}

addEventListener("online", hurry);
byId("sign-out").addEventListener("click", () => void leave());
byId("orders").addEventListener("click", (event) => {
  // The whole page of an order lies on the server; without a network there is nothing behind the link.
  if (!connected && event.target.closest(".open")) event.preventDefault();
});
addEventListener("hashchange", () => void route());
document.addEventListener("visibilitychange", () => {
  if (!document.hidden) {
    lookedAt = -LOOK_MS;
    hurry();
  }
});
setInterval(() => {
  if (!document.hidden) tick();
}, 500);

const kept = await store.get("kept", "desk").catch(() => undefined);
if (kept) {
  desk = kept.desk;
  setAhead(kept.ahead);
}
await reread();
await route();
await look().catch(() => {});
await route();
performance.mark("field:ready");
hurry();
navigator.serviceWorker?.register("/f/worker.js", { scope: "/f" }).catch(() => {});
navigator.storage?.persist?.().catch(() => {});

const here = new URL(location.href);
if (here.searchParams.has("lang")) {
  here.searchParams.delete("lang");
  history.replaceState(null, "", here);
}

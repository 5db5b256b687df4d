// Sends what was entered, each once: the key of an item is made with it and kept, so that the server knows one
// that comes a second time. One sender at a time; a pass ends at the first thing that only a network can mend.

import * as store from "./store.js";
import { now } from "./time.js";

const PATIENCE_MS = 60_000;
const AGAIN = new Set([401, 408, 425, 429]);
const UNSURE = new Set([408, 500, 502, 503, 504]);
const OLDEST_MS = 6 * 24 * 3_600_000;

// "wait": try later. "refused": a person has to look. "newer": the order has changed since it was looked at.
export function outcome(status, code) {
  if (status >= 200 && status < 300) return "received";
  if (status === 412) return "newer";
  if (status >= 500 || AGAIN.has(status) || code === "csrf_failed") return "wait";
  return "refused";
}

// Whether what was entered for `item` still answers the order as it stands in `order`.
export function fits(item, order) {
  return order !== undefined && order.round === item.round && order.acts.includes(item.kind);
}

async function send(path, csrf, key, body, headers = {}) {
  const answer = await fetch(`/api/v1${path}`, {
    method: "POST",
    body,
    headers: { "X-CSRF-Token": csrf, "Idempotency-Key": key, Accept: "application/json", ...headers },
    redirect: "manual",
    signal: AbortSignal.timeout(PATIENCE_MS),
  });
  const said = await answer.json().catch(() => ({}));
  const unsure = UNSURE.has(answer.status);
  return { outcome: outcome(answer.status, said.code), code: said.code ?? "invalid", said, unsure };
}

// Every photo that the server has not named yet; gives back what stopped it, or null.
async function sendPhotos(item, csrf) {
  for (const photo of await store.photosOf(item.id)) {
    if (photo.evidence) continue;
    const form = new FormData();
    form.append("file", photo.blob, photo.name);
    if (photo.sha256) form.append("original_sha256", photo.sha256);
    const answer = await send("/evidence", csrf, `field:${item.id}:${photo.id}`, form);
    if (answer.outcome !== "received") return answer;
    await store.put("photos", { ...photo, evidence: answer.said.id });
  }
  return null;
}

// A check-in answers no order: it says by itself where and when, and the server takes the same one once.
async function sendVisit(item, desk) {
  const stopped = await sendPhotos(item, desk.csrf);
  if (stopped) return stopped;
  const photos = await store.photosOf(item.id);
  const { report_as: category, ...said } = item.body;
  const body = { ...said, place: item.order, visited_at: item.at };
  if (category && category !== "none") body.report_as = category;
  if (photos.length) body.evidence = photos.sort((a, b) => a.seq - b.seq).map(({ evidence }) => evidence);
  item.state = "sent";
  await store.put("queue", item);
  const headers = { "Content-Type": "application/json" };
  return send("/patrols/visits", desk.csrf, `field:${item.id}`, JSON.stringify(body), headers);
}

async function sendItem(item, desk) {
  if (item.kind === "patrol") return sendVisit(item, desk);
  const order = desk.orders.find(({ id }) => id === item.order);
  const begun = item.state === "sent";
  // Once it has left, only the server knows whether it came: the same request is sent again, unchanged.
  if (!begun && order !== undefined) {
    if (order.round !== item.round) return { outcome: "refused", code: "moved_on" };
    item.version = order.version;
  }
  const stopped = await sendPhotos(item, desk.csrf);
  if (stopped) return stopped;
  const photos = await store.photosOf(item.id);
  const body = { ...item.body };
  if (photos.length) body.evidence = photos.sort((a, b) => a.seq - b.seq).map(({ evidence }) => evidence);
  item.state = "sent";
  await store.put("queue", item);
  const headers = {};
  // The time of the phone is a claim beside the record: one that the server would refuse is left out.
  const age = now() - Date.parse(item.at);
  if (age >= 0 && age < OLDEST_MS) headers["X-Client-Time"] = item.at;
  if (item.kind !== "acknowledge") headers["Content-Type"] = "application/json";
  if (item.version !== null) headers["If-Match"] = `"${item.version}"`;
  const path = `/orders/${item.order}/${item.kind}`;
  return send(path, desk.csrf, `field:${item.id}`, item.kind === "acknowledge" ? null : JSON.stringify(body), headers);
}

// One pass over what waits. `look` gives the orders as they are now, or throws where there is no network.
export async function pass(look, changed) {
  const alone = (work) => (navigator.locks ? navigator.locks.request("geshao-field", work) : work());
  await alone(async () => {
    const waiting = (await store.queue()).filter(({ state }) => state === "waiting" || state === "sent");
    if (!waiting.length) return;
    let desk = await look();
    for (const item of waiting) {
      if (item.person !== desk.person.id) continue;
      let answer;
      try {
        answer = await sendItem(item, desk);
        if (answer.outcome === "newer") {
          desk = await look();
          const order = desk.orders.find(({ id }) => id === item.order);
          // 412 says that it did not come; where the order still wants it, it goes out upon what it is now.
          item.state = "waiting";
          answer = fits(item, order) ? await sendItem(item, desk) : { outcome: "refused", code: "moved_on" };
        }
      } catch (fault) {
        changed();
        throw fault;
      }
      if (answer.outcome === "received") {
        const order = desk.orders.find(({ id }) => id === item.order);
        if (order) order.version = answer.said.version;
        await store.settle({ ...item, state: "received", body: null });
      } else if (answer.outcome === "refused") {
        await store.put("queue", { ...item, state: "refused", code: answer.code });
      } else {
        // Refused for now: nothing of it is there. Behind a gateway that gave up it may be.
        if (!answer.unsure) await store.put("queue", { ...item, state: "waiting" });
        changed();
        throw new Error(`not now: ${answer.code}`);
      }
      changed();
    }
    if ((await store.queue()).some(({ state }) => state === "received")) await look();
  });
}

// Lets the duty board ring and tell the desktop. A browser rings only after somebody has pressed a button there.

const KINDS = { "sla.due_soon": "due_soon", "sla.breached": "breached", "sla.escalated": "escalated" };
// Hertz, one after the other; the graver the alarm, the longer and the higher.
const TONES = { due_soon: [440], breached: [660, 880], escalated: [660, 880, 660, 880] };
const TONE_S = 0.18;
const PAUSE_MS = 3000;
const STORE = "geshao.alarms";

const box = document.getElementById("alarms");
const words = JSON.parse(box.dataset.words);
const button = document.getElementById("ring");
const form = document.getElementById("mute");
const list = document.getElementById("muted");
const names = new Map([...form.elements.alarm.options].map((option) => [option.value, option.text]));
let sound = null;
let ringing = false;
let waiting = [];
let lifting = false;
let listed = "";

// ------------------------------------------------------------------ what this screen remembers

function kept() {
  try {
    return JSON.parse(localStorage.getItem(STORE)) ?? { on: false, muted: {} };
  } catch {
    return { on: false, muted: {} };
  }
}

function keep(state) {
  localStorage.setItem(STORE, JSON.stringify(state));
  show();
}

function muted(alarm) {
  const one = kept().muted[alarm];
  return one !== undefined && one.ends > Date.now();
}

function show() {
  const state = kept();
  button.setAttribute("aria-pressed", String(state.on));
  button.textContent = state.on ? `✓ ${words.on}` : words.off;
  // The list is made anew only when it is another one: whoever stands on a button still does.
  const mutes = JSON.stringify(Object.entries(state.muted).filter(([alarm]) => muted(alarm)));
  if (lifting || mutes === listed) return;
  listed = mutes;
  list.replaceChildren();
  for (const [alarm, one] of Object.entries(state.muted)) {
    if (!muted(alarm)) continue;
    const item = document.createElement("li");
    const until = new Date(Date.parse(one.until) + 8 * 3_600_000).toISOString().slice(11, 16);
    item.textContent = `${names.get(alarm) ?? alarm} ${words.muted} ${until}: ${one.reason} `;
    const lift = document.createElement("button");
    lift.type = "button";
    lift.className = "plain";
    lift.textContent = words.lift;
    lift.setAttribute("aria-label", `${words.lift}: ${names.get(alarm) ?? alarm}`);
    lift.addEventListener("click", () => unmute(alarm, one, lift));
    item.append(lift);
    list.append(item);
  }
}

// It rings again only once the server has it on record.
async function unmute(alarm, one, lift) {
  lift.disabled = true;
  lifting = true;
  const said = new URLSearchParams({ csrf_token: form.elements.csrf_token.value, once: form.elements.once.value, alarm, until: one.until });
  try {
    const answer = await fetch("/board/unmute", { method: "POST", body: said });
    // Not known: another person muted it on this screen, or it is over; this screen is no longer bound to it either way.
    if (!answer.ok && answer.status !== 404) throw new Error(`HTTP ${answer.status}`);
    if (answer.ok) form.elements.once.value = (await answer.json()).once;
    const state = kept();
    delete state.muted[alarm];
    lifting = false;
    keep(state);
    button.focus();
  } catch {
    lifting = false;
    lift.disabled = false;
    const fault = list.querySelector("[role=alert]") ?? document.createElement("li");
    fault.setAttribute("role", "alert");
    fault.textContent = words.lift_failed;
    list.append(fault);
  }
}

// ------------------------------------------------------------------ ringing

function play(alarm) {
  if (!sound || sound.state !== "running") return;
  let at = sound.currentTime;
  for (const hertz of TONES[alarm]) {
    const tone = sound.createOscillator();
    const volume = sound.createGain();
    tone.frequency.value = hertz;
    volume.gain.setValueAtTime(0.25, at);
    volume.gain.exponentialRampToValueAtTime(0.001, at + TONE_S);
    tone.connect(volume).connect(sound.destination);
    tone.start(at);
    tone.stop(at + TONE_S);
    at += TONE_S;
  }
}

function notify(told) {
  if (!("Notification" in window) || Notification.permission !== "granted") return;
  const { alarm, data } = told.at(-1);
  const more = told.length > 1 ? ` (+${told.length - 1} ${words.more})` : "";
  const shown = new Notification(`${data.drill ? `[${words.drill}] ` : ""}${words[alarm]} ${data.number}`, { body: `${data.grid ?? ""}${more}`, tag: `geshao-${alarm}` });
  shown.onclick = () => {
    window.focus();
    if (Number.isInteger(data.order)) location.href = `/orders/${data.order}`;
    else if (String(data.number).startsWith("UP-")) location.href = `/reports/${encodeURIComponent(data.number)}`;
  };
}

// A storm of events is one sound and one note in three seconds, of the gravest.
function ring() {
  const told = waiting;
  waiting = [];
  if (told.length === 0) {
    ringing = false;
    return;
  }
  ringing = true;
  const order = Object.keys(TONES);
  told.sort((a, b) => order.indexOf(a.alarm) - order.indexOf(b.alarm));
  box.dataset.rang = `${Number(box.dataset.rang ?? 0) + 1}`;
  box.dataset.last = told.at(-1).alarm;
  play(told.at(-1).alarm);
  notify(told);
  setTimeout(ring, PAUSE_MS);
}

document.addEventListener("geshao:told", ({ detail }) => {
  const alarm = KINDS[detail.kind];
  if (alarm === undefined || !kept().on || muted(alarm)) return;
  waiting.push({ alarm, data: detail.data });
  if (waiting.length > 100) waiting.shift();
  if (!ringing) ring();
});

// ------------------------------------------------------------------ what a person does

async function wake() {
  sound ??= new AudioContext();
  await sound.resume();
}

button.addEventListener("click", async () => {
  const state = kept();
  state.on = !state.on;
  keep(state);
  if (!state.on) return;
  if ("Notification" in window && Notification.permission === "default") await Notification.requestPermission();
  await wake();
  play("due_soon");
});

// After a reload the first key or click on the page wakes the sound again.
for (const kind of ["pointerdown", "keydown"]) {
  addEventListener(kind, () => kept().on && wake(), { once: true });
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const fault = form.querySelector("[role=alert]");
  fault.hidden = true;
  try {
    const answer = await fetch("/board/mute", { method: "POST", body: new URLSearchParams(new FormData(form)) });
    if (!answer.ok) throw new Error(`HTTP ${answer.status}`);
    const { alarm, until, reason, once } = await answer.json();
    const state = kept();
    // Until when by the server's clock is for reading; how long it lasts is counted here, whatever this clock says.
    state.muted[alarm] = { until, reason, ends: Date.now() + Number(form.elements.minutes.value) * 60_000 };
    keep(state);
    form.reset();
    form.elements.once.value = once;
    document.getElementById("muting").open = false;
  } catch {
    fault.textContent = words.failed;
    fault.hidden = false;
  }
});

box.hidden = false;
show();
setInterval(show, 15_000);

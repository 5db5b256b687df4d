// The form of one act on one order: kept on the phone with every keystroke, until it is sent or given up.

import { locate, metres, possible } from "./place.js";
import { copied, put, say } from "./page.js";
import { prepared } from "./photos.js";
import * as store from "./store.js";

export const keyOf = (person, order, kind) => `${person}:${order}:${kind}`;

// One write at a time, and always one more after the last change.
function keeper(write) {
  let writing = null;
  let dirty = false;
  return function keep() {
    dirty = true;
    writing ??= (async () => {
      while (dirty) {
        dirty = false;
        await write();
      }
    })().finally(() => {
      writing = null;
    });
    return writing;
  };
}

export async function form(order, kind, person, onSend) {
  const key = keyOf(person, order.id, kind);
  const draft = (await store.get("drafts", key)) ?? { key, fields: {}, location: null };
  const shown = copied(kind === "patrol" ? "patrol-form" : kind);
  const saved = shown.querySelector(".saved");
  let photos = await store.photosOf(key);

  for (const [name, value] of Object.entries(draft.fields)) {
    if (shown.elements[name]) shown.elements[name].value = value;
  }
  const fields = () =>
    Object.fromEntries([...new FormData(shown)].filter(([, value]) => typeof value === "string" && value.trim()));
  const keep = keeper(async () => {
    try {
      await store.put("drafts", { ...draft, fields: fields() });
      put(saved, say("saved"));
    } catch {
      put(saved, say("no_room"));
    }
  });
  shown.addEventListener("input", keep);

  clearable(shown, keep);
  // Where somebody was when the draft was begun says nothing of where they are now.
  if (kind === "patrol") draft.location = null;
  place(shown, order, draft, keep);
  if (kind === "patrol") patrolled(shown);
  const pictures = gallery(shown, key, () => photos, async () => {
    photos = await store.photosOf(key);
  });
  await pictures.draw();

  shown.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (shown.classList.contains("sent")) return;
    shown.classList.add("sent");
    await Promise.all([keep(), pictures.ready()]);
    const body = fields();
    if (draft.location) body.location = draft.location;
    try {
      await onSend({ order, kind, body, key, photos });
    } catch {
      put(saved, say("no_room"));
      shown.classList.remove("sent");
    }
  });
  return shown;
}

// A finding wants its words, a problem its kind: it goes upward with the check-in. The position is looked for by itself.
function patrolled(shown) {
  const { note, report_as: upward } = shown.elements;
  const demand = () => {
    const found = shown.elements.found.value;
    note.required = ["stopped", "problem"].includes(found);
    upward.required = found === "problem";
    upward.disabled = !upward.required;
    shown.querySelector(".upward").hidden = !upward.required;
  };
  shown.addEventListener("input", demand);
  demand();
  const button = shown.querySelector(".locate");
  if (!button.hidden) button.click();
}

// A tap on what is chosen takes the choice back.
function clearable(shown, keep) {
  let chosen = null;
  shown.addEventListener("pointerdown", (event) => {
    const tap = event.target.closest(".taps label")?.querySelector("input");
    chosen = tap?.checked ? tap : null;
  });
  shown.addEventListener("click", (event) => {
    if (chosen === null || event.target !== chosen) return;
    chosen.checked = false;
    chosen = null;
    void keep();
  });
}

function place(shown, order, draft, keep) {
  const button = shown.querySelector(".locate");
  if (!button) return;
  button.hidden = !possible();
  const said = shown.querySelector(".position");
  const tell = () => {
    if (!draft.location) return;
    const accuracy = draft.location.accuracy_m;
    const far = order.site && Math.round(metres(draft.location, order.site));
    const away = order.site ? say("away", { metres: far, accuracy }) : say("accuracy", { accuracy });
    const beyond = order.within_m && far - Math.min(accuracy, 100) > order.within_m;
    put(said, beyond ? `${away} · ${say("too_far")}` : away);
  };
  tell();
  button.addEventListener("click", async () => {
    put(said, say("locating"));
    try {
      draft.location = await locate();
      tell();
      await keep();
    } catch {
      put(said, say("no_position"));
    }
  });
}

function gallery(shown, key, photos, reread) {
  const list = shown.querySelector(".photos");
  const said = shown.querySelector(".photo-fault");
  const most = Number(document.body.dataset.most);
  const draw = async () => {
    for (const img of list.querySelectorAll("img")) URL.revokeObjectURL(img.src);
    list.replaceChildren(
      ...photos().map((photo) => {
        const item = document.createElement("li");
        const img = document.createElement("img");
        img.src = URL.createObjectURL(photo.blob);
        img.alt = photo.name;
        const button = document.createElement("button");
        button.type = "button";
        button.className = "second";
        button.textContent = say("remove");
        button.addEventListener("click", async () => {
          await store.remove("photos", photo.id);
          await reread();
          await draw();
        });
        item.append(img, button);
        return item;
      }),
    );
  };
  const add = async (files) => {
    put(said, "");
    for (const file of files) {
      if (photos().length >= most) {
        put(said, say("too_many", { most }));
        break;
      }
      const seq = Math.max(0, ...photos().map((photo) => photo.seq)) + 1;
      const photo = await prepared(file, key, seq);
      if (photo === null) {
        put(said, say("no_photo"));
        continue;
      }
      try {
        await store.put("photos", photo);
      } catch {
        put(said, say("no_room"));
      }
      await reread();
      await draw();
    }
  };
  // One after another; whoever sends waits for the last.
  let last = Promise.resolve();
  for (const input of shown.querySelectorAll("input[type=file]")) {
    input.addEventListener("change", () => {
      const files = [...input.files];
      input.value = "";
      last = last.then(() => add(files)).catch(() => put(said, say("no_photo")));
    });
  }
  return { draw, ready: () => last };
}

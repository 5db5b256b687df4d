// What the phone keeps: the orders of last time, drafts, photos, and what is to be sent. Written to disk at once.

const NAME = "geshao-field";
const STORES = { kept: "key", drafts: "key", photos: "id", queue: "id" };
let opened = null;

function open() {
  opened ??= new Promise((resolve, reject) => {
    const request = indexedDB.open(NAME, 1);
    request.onupgradeneeded = () => {
      for (const [name, keyPath] of Object.entries(STORES)) {
        const store = request.result.createObjectStore(name, { keyPath });
        if (name === "photos") store.createIndex("owner", "owner");
      }
    };
    request.onsuccess = () => {
      request.result.onversionchange = () => request.result.close();
      resolve(request.result);
    };
    request.onerror = () => {
      opened = null;
      reject(request.error);
    };
  });
  return opened;
}

// All of `work` is kept, or none: it gets the stores by name and must not wait for anything else.
async function within(names, work) {
  const database = await open();
  return new Promise((resolve, reject) => {
    // "strict": told as done when it is on disk, for a battery may be dead a moment later.
    const transaction = database.transaction(names, "readwrite", { durability: "strict" });
    const found = work(Object.fromEntries(names.map((name) => [name, transaction.objectStore(name)])));
    transaction.oncomplete = () => resolve(found);
    transaction.onabort = () => reject(transaction.error);
  });
}

async function ask(name, question) {
  const database = await open();
  return new Promise((resolve, reject) => {
    const request = question(database.transaction(name).objectStore(name));
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

export const get = (name, key) => ask(name, (store) => store.get(key));
export const put = (name, value) => within([name], (stores) => void stores[name].put(value));
export const remove = (name, key) => within([name], (stores) => void stores[name].delete(key));

// Keys of everything begun and not sent.
export const drafts = () => ask("drafts", (store) => store.getAllKeys());

export const photosOf = (owner) => ask("photos", (store) => store.index("owner").getAll(owner));

// Oldest first: an acknowledgement goes before the feedback that was given after it.
export async function queue() {
  const items = await ask("queue", (store) => store.getAll());
  return items.sort((a, b) => a.seq - b.seq);
}

// The draft becomes an item to be sent: both, or neither.
export async function enqueue(item, draftKey, photos) {
  await within(["queue", "drafts", "photos"], (stores) => {
    stores.queue.put(item);
    for (const photo of photos) stores.photos.put({ ...photo, owner: item.id });
    if (draftKey) stores.drafts.delete(draftKey);
  });
}

// An item that was refused becomes a draft again, with its photos beside those of the draft there was.
export async function reopen(item, draft) {
  const photos = await photosOf(item.id);
  await within(["queue", "drafts", "photos"], (stores) => {
    stores.queue.delete(item.id);
    stores.drafts.put(draft);
    for (const photo of photos) stores.photos.put({ ...photo, owner: draft.key });
  });
}

export async function forget(item) {
  const photos = await photosOf(item.id);
  await within(["queue", "photos"], (stores) => {
    stores.queue.delete(item.id);
    for (const photo of photos) stores.photos.delete(photo.id);
  });
}

// What the server has is kept as a line, its photos are not.
export async function settle(item) {
  const photos = await photosOf(item.id);
  await within(["queue", "photos"], (stores) => {
    stores.queue.put(item);
    for (const photo of photos) stores.photos.delete(photo.id);
  });
}

// The page without a network: its files under their digest, its shell as it was last. Data is never kept here.

const CACHE = `geshao-field-${VERSION}`;
const SHELL = "/f";
const PATIENCE_MS = 4_000;

self.addEventListener("install", (event) => {
  event.waitUntil(
    (async () => {
      const cache = await caches.open(CACHE);
      await cache.addAll(FILES);
      await cache.add(new Request(SHELL, { cache: "no-cache" }));
      await self.skipWaiting();
    })(),
  );
});

self.addEventListener("activate", (event) => {
  event.waitUntil(
    (async () => {
      for (const name of await caches.keys()) {
        if (name.startsWith("geshao-field-") && name !== CACHE) await caches.delete(name);
      }
      await self.clients.claim();
    })(),
  );
});

// A weak signal is worse than none: after some seconds the page of last time will do.
async function shell(request) {
  const cache = await caches.open(CACHE);
  const kept = await cache.match(SHELL);
  try {
    const answer = await fetch(request, kept ? { signal: AbortSignal.timeout(PATIENCE_MS) } : {});
    // Not kept: a newer shell wants newer files, and comes with them in the worker that follows this one.
    return answer.ok && !answer.redirected ? answer : (kept ?? answer);
  } catch (fault) {
    if (kept) return kept;
    throw fault;
  }
}

async function file(request) {
  return (await caches.match(request)) ?? fetch(request);
}

self.addEventListener("fetch", (event) => {
  const url = new URL(event.request.url);
  if (event.request.method !== "GET" || url.origin !== location.origin) return;
  if (event.request.mode === "navigate" && url.pathname === SHELL) event.respondWith(shell(event.request));
  else if (url.pathname.startsWith("/f/files/")) event.respondWith(file(event.request));
});

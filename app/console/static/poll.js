// What is being computed is looked at again every few seconds until it is done. Only the parts that tell of it are
// renewed: what somebody is typing elsewhere on the page stays.
const EVERY = 3000;
const FAILURES = 20;

async function look(failed) {
  if (!document.querySelector("[data-poll]")) return;
  let next = failed + 1;
  try {
    const answer = await fetch(location.pathname, { headers: { Accept: "text/html" } });
    if (answer.ok && !answer.redirected) {
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      for (const part of document.querySelectorAll("[data-live]")) {
        const fresh = page.getElementById(part.id);
        if (fresh) part.replaceWith(fresh);
      }
      next = 0;
    }
  } catch {
    // The network is away: again later, and less often.
  }
  if (next < FAILURES) setTimeout(look, EVERY * (1 + next), next);
}

setTimeout(look, EVERY, 0);

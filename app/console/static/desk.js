// Of the desk: the line on the duty board follows the feed; a note is printed by its button.

const button = document.getElementById("print");
if (button) {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
}

let asking = false;
let again = false;

// However many events come, one answer is asked for at a time, and the last one counts.
async function renew() {
  if (asking) {
    again = true;
    return;
  }
  asking = true;
  try {
    do {
      again = false;
      const answer = await fetch("/desk/line", { redirect: "manual", cache: "no-store" });
      const line = document.getElementById("desk-line");
      if (answer.status === 200 && line) {
        line.replaceWith(document.createRange().createContextualFragment(await answer.text()).firstElementChild);
      }
    } while (again);
  } catch {
    // The reopened stream asks again.
  } finally {
    asking = false;
  }
}

if (document.getElementById("desk-line")) {
  document.addEventListener("geshao:told", ({ detail }) => {
    if (detail.kind === "open" || detail.kind.startsWith("desk.")) renew();
  });
}

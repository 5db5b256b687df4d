// Marks orders whose deadline is near or over, so that their warnings are acknowledged together.

const form = document.getElementById("noting");
const body = document.getElementById("orders");

if (form) {
  const boxes = () => [...body.querySelectorAll("input[name=order]")];
  const warns = (box) => box.closest("tr").querySelector(".countdown.soon, .countdown.overdue") !== null;

  const show = () => {
    // A deadline moves on under a mark: what warns no more cannot be acknowledged.
    for (const box of boxes()) {
      box.hidden = !warns(box);
      if (box.hidden) box.checked = false;
    }
    const marked = boxes().filter((box) => box.checked).length;
    document.getElementById("marked").textContent = String(marked);
    form.hidden = !boxes().some(warns);
    for (const button of form.querySelectorAll("button:not([type])")) button.disabled = marked === 0;
  };

  document.getElementById("mark-all").addEventListener("click", () => {
    // What waits for the reader's own review or decision is marked one by one: it is to be done, not only known of.
    const all = boxes().filter((box) => warns(box) && !("own" in box.dataset));
    const every = all.length > 0 && all.every((box) => box.checked);
    for (const box of all) box.checked = !every;
    show();
  });
  body.addEventListener("change", show);
  // The mark of the order that has the focus, from the keyboard.
  document.addEventListener("geshao:mark", () => {
    const box = document.activeElement?.closest("tr")?.querySelector("input[name=order]");
    if (!box || box.hidden) return;
    box.checked = !box.checked;
    show();
  });
  document.addEventListener("geshao:note", () => {
    if (!form.hidden) document.getElementById("note").focus();
  });
  show();
  setInterval(show, 1000);
}

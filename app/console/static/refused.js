// A form that was refused comes again with its message: whoever sent it stands at the first wrong field, or at the
// message, and both belong together for whoever does not see them.

const message = document.querySelector("main .banner.bad[role=alert]:not([hidden])");

function refusedField(name) {
  if (!name) return null;
  const sent = [...document.forms].filter((form) => new URL(form.action).pathname === location.pathname);
  // Of several forms of one kind the one that was tried is open.
  sent.sort((a, b) => Number(b.closest("details:not([open])") === null) - Number(a.closest("details:not([open])") === null));
  for (const form of sent) {
    const found = form.elements.namedItem(name);
    const field = found instanceof RadioNodeList ? found[0] : found;
    if (field && field.type !== "hidden") return field;
  }
  return null;
}

if (message) {
  message.id ||= "message";
  const field = refusedField(document.body.dataset.refused);
  if (field) {
    const said = field.getAttribute("aria-describedby");
    field.setAttribute("aria-invalid", "true");
    field.setAttribute("aria-describedby", said ? `${message.id} ${said}` : message.id);
    for (let box = field.closest("details"); box; box = box.parentElement.closest("details")) box.open = true;
    field.focus();
  } else {
    message.tabIndex = -1;
    message.focus();
  }
}

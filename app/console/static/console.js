// Keeps a page true while it is looked at: countdowns by the server's clock, rows and breaches by its events.
// What an event says goes into the page as text only; markup comes from the server, escaped there.

const RECOUNT_MS = 30_000;
const PAUSE_MS = 500;
const LONGEST_WAIT_MS = 15_000;
const SIDE_BY_SIDE = 4;
const SOON_MS = 15 * 60_000;
const BEIJING_MS = 8 * 3_600_000;

// ------------------------------------------------------------------ time

// The machine's own clock may be wrong and may be set; only how much time has passed is taken from it.
let serverMs = Date.parse(document.body.dataset.now);
let takenAt = performance.now();

const now = () => serverMs + (performance.now() - takenAt);

function setClock(text, tripMs) {
  const instant = Date.parse(text);
  if (Number.isNaN(instant)) return;
  serverMs = instant + tripMs / 2;
  takenAt = performance.now();
}

const two = (number) => String(number).padStart(2, "0");

function span(seconds) {
  return `${two(Math.floor(seconds / 3600))}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
}

function beijing(ms) {
  return new Date(ms + BEIJING_MS).toISOString().slice(0, 19).replace("T", " ");
}

function put(element, text) {
  if (element && element.textContent !== text) element.textContent = text;
}

function tick() {
  const at = now();
  put(document.getElementById("wall"), beijing(at));
  for (const shown of document.querySelectorAll(".countdown[data-due]")) {
    const left = Date.parse(shown.dataset.due) - at;
    const words = shown.closest("[data-overdue]").dataset;
    const level = left < 0 ? "overdue" : left <= SOON_MS ? "soon" : "fine";
    if (!shown.classList.contains(level)) shown.className = `countdown ${level}`;
    put(shown.querySelector(".word"), left < 0 ? words.overdue : words.left);
    put(
      shown.querySelector(".digits"),
      left < 0 ? `+${span(Math.floor(-left / 1000))}` : span(Math.ceil(left / 1000)),
    );
  }
}

// ------------------------------------------------------------------ asking the server

async function fragment(path) {
  const answer = await fetch(path, { redirect: "manual", cache: "no-store" });
  if (answer.type === "opaqueredirect") {
    // The session has ended: the page itself leads to the sign-in and back.
    location.reload();
    return new Promise(() => {});
  }
  if (answer.status === 204) return null;
  if (!answer.ok) throw new Error(`HTTP ${answer.status}`);
  return answer.text();
}

function parsed(markup, inside) {
  const range = document.createRange();
  range.selectNodeContents(inside);
  return range.createContextualFragment(markup).firstElementChild;
}

// ------------------------------------------------------------------ the stream

// A stream that breaks is opened anew after the newest event that was seen: nothing is missed, nothing comes twice.
function follow(head, kinds, { onEvent, onOpen, onLost }) {
  let last = head;
  let wait = 1000;
  let timer = 0;
  let source = null;

  function hear(event) {
    const id = Number(event.lastEventId);
    if (id <= last) return;
    last = id;
    onEvent(event.type, JSON.parse(event.data));
  }

  function lose() {
    source?.close();
    source = null;
    document.getElementById("connection").hidden = false;
    clearTimeout(timer);
    timer = setTimeout(open, wait * (0.5 + Math.random() / 2));
    wait = Math.min(wait * 2, LONGEST_WAIT_MS);
    onLost();
  }

  function open() {
    clearTimeout(timer);
    source?.close();
    source = new EventSource(`/api/v1/feed?last_event_id=${last}`);
    source.onopen = () => {
      wait = 1000;
      document.getElementById("connection").hidden = true;
      onOpen();
    };
    source.onerror = lose;
    for (const kind of kinds) source.addEventListener(kind, hear);
  }

  function rest() {
    clearTimeout(timer);
    source?.close();
    source = null;
  }

  addEventListener("offline", lose);
  addEventListener("online", open);
  addEventListener("pagehide", rest);
  // A browser keeps six connections to one site: pages nobody looks at give theirs back, and catch up later.
  document.addEventListener("visibilitychange", () => (document.hidden ? rest() : open()));
  if (!document.hidden) open();
}

// ------------------------------------------------------------------ the board

function board(body) {
  const feed = document.getElementById("breaches");
  const clocks = JSON.parse(feed.dataset.clocks);
  const gridNames = new Map([...document.getElementById("grids").options].map((o) => [o.value, o.text]));
  const address = new URLSearchParams(location.search);
  const filter = new URLSearchParams();
  for (const name of ["state", "grid", "only", "mine", "wall"]) if (address.get(name)) filter.set(name, address.get(name));
  const wanted = new Set();
  // One question at a time for each order: of two answers the older might come last.
  const asked = new Set();
  let counting = false;
  let recount = false;

  const due = (row) => (row.dataset.sort ? Date.parse(row.dataset.sort) : Infinity);
  const drill = (row) => Number(row.dataset.drill ?? 0);
  // The order of the server: drills last, then by deadline.
  const before = (a, b) => {
    if (drill(a) !== drill(b)) return drill(a) < drill(b);
    return due(a) < due(b) || (due(a) === due(b) && Number(a.dataset.order) > Number(b.dataset.order));
  };

  function place(id, markup) {
    const old = document.getElementById(`order-${id}`);
    const row = markup === null ? null : parsed(markup, body);
    const held = old !== null && old.contains(document.activeElement);
    const marked = old?.querySelector("input[name=order]")?.checked === true;
    old?.remove();
    if (row !== null) {
      body.insertBefore(row, [...body.rows].find((other) => before(row, other)) ?? null);
      if (held) row.querySelector("a").focus();
      const box = row.querySelector("input[name=order]");
      if (box) box.checked = marked;
      if (old === null) row.classList.add("new");
    }
    while (body.rows.length > Number(body.dataset.rows)) body.lastElementChild.remove();
    document.getElementById("no-orders").hidden = body.rows.length > 0;
    tick();
  }

  async function fetchRow(id) {
    asked.add(id);
    try {
      place(id, await fragment(`/orders/${id}/row?${filter}`));
      asked.delete(id);
      fetchRows();
    } catch {
      // Asked for again when the connection is back.
      asked.delete(id);
      wanted.add(id);
    }
  }

  function fetchRows() {
    for (const id of wanted) {
      if (asked.size >= SIDE_BY_SIDE) return;
      if (asked.has(id)) continue;
      wanted.delete(id);
      fetchRow(id);
    }
  }

  // What is due soon becomes overdue without an event: where rows are chosen by that, they are those of the counter.
  async function renew(counted) {
    const number = counted.querySelector(`[data-counter="${filter.get("only")}"]`)?.textContent;
    if (number === undefined || filter.has("state") || filter.has("grid") || filter.has("mine")) return;
    if (Math.min(Number(number), Number(body.dataset.rows)) === body.rows.length) return;
    const page = new DOMParser().parseFromString(await fragment(location.pathname + location.search), "text/html");
    const fresh = page.querySelectorAll("#orders tr");
    const ids = new Set([...fresh].map((row) => row.id));
    for (const row of [...body.rows]) if (!ids.has(row.id)) place(row.dataset.order, null);
    for (const row of fresh) place(row.dataset.order, row.outerHTML);
  }

  async function count() {
    if (counting) {
      recount = true;
      return;
    }
    counting = true;
    recount = false;
    try {
      const begun = performance.now();
      const fresh = parsed(await fragment(`/board/counters?${filter}`), document.body);
      setClock(fresh.dataset.now, performance.now() - begun);
      const old = document.getElementById("counters");
      const held = old.contains(document.activeElement);
      old.replaceWith(fresh);
      // Whoever stood on a link of the counters still does.
      if (held) fresh.querySelector("a")?.focus();
      await renew(fresh);
      fetchRows();
    } catch {
      // The next beat or the reopened stream asks again.
    }
    // However many events come, the counters are asked for at most this often.
    setTimeout(() => {
      counting = false;
      if (recount) count();
    }, PAUSE_MS);
  }

  function addBreach(data) {
    const key = `${data.order}:${data.clock}:${data.round}`;
    if ([...feed.children].some((item) => item.dataset.key === key)) return;
    const item = document.getElementById("breach").content.firstElementChild.cloneNode(true);
    const field = (name) => item.querySelector(`[data-field="${name}"]`);
    item.dataset.key = key;
    field("at").dateTime = data.breached_at;
    put(field("at"), beijing(Date.parse(data.breached_at)).slice(5));
    put(field("grid"), gridNames.get(data.grid) ?? String(data.grid));
    put(field("clock"), clocks[data.clock] ?? String(data.clock));
    put(field("number"), String(data.number));
    // A late task is its township's, which sees no order; what is reported from below has no order yet.
    if (data.clock === "task") field("number").href = `/tasks/${Number(data.subject)}`;
    else if (Number.isInteger(data.order)) field("number").href = `/orders/${data.order}`;
    else if (String(data.number).startsWith("UP-")) field("number").href = `/reports/${encodeURIComponent(data.number)}`;
    else field("number").removeAttribute("href");
    item.classList.add("new");
    feed.prepend(item);
    while (feed.children.length > Number(feed.dataset.most)) feed.lastElementChild.remove();
    document.getElementById("no-breaches").hidden = true;
  }

  follow(Number(body.dataset.head), JSON.parse(body.dataset.kinds), {
    onEvent(kind, data) {
      document.dispatchEvent(new CustomEvent("geshao:told", { detail: { kind, data } }));
      if (!["order.", "sla.", "verdict."].some((family) => kind.startsWith(family))) return;
      if (kind === "sla.breached") addBreach(data);
      if (Number.isInteger(data.order)) {
        wanted.add(data.order);
        fetchRows();
      }
      count();
    },
    onOpen() {
      document.dispatchEvent(new CustomEvent("geshao:told", { detail: { kind: "open" } }));
      fetchRows();
      count();
    },
    onLost: count,
  });
  setInterval(count, RECOUNT_MS);
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) count();
  });
  const form = document.getElementById("filter");
  form.addEventListener("change", () => form.requestSubmit());
}

// ------------------------------------------------------------------ an order's page

function order(banner) {
  const id = Number(banner.dataset.order);
  follow(Number(banner.dataset.head), JSON.parse(banner.dataset.kinds), {
    onEvent(_kind, data) {
      if (data.order === id) banner.hidden = false;
    },
    onOpen() {},
    onLost() {},
  });
}

function filesFault(form) {
  for (const input of form.querySelectorAll("input[type=file]")) {
    const files = [...input.files];
    const octets = files.reduce((sum, file) => sum + file.size, 0);
    if (files.length > Number(input.dataset.maxFiles)) return [input, input.dataset.tooMany];
    if (octets > Number(input.dataset.maxBytes)) return [input, input.dataset.tooLarge];
    input.setCustomValidity("");
  }
  return null;
}

function forms() {
  for (const form of document.querySelectorAll("form[method=post]")) {
    let sent = false;
    form.addEventListener("change", () => filesFault(form));
    form.addEventListener("submit", (event) => {
      const fault = filesFault(form);
      if (fault) {
        event.preventDefault();
        fault[0].setCustomValidity(fault[1]);
        fault[0].reportValidity();
        return;
      }
      // The server takes a form once anyway; this only spares it the second one.
      if (sent) event.preventDefault();
      sent = true;
      form.classList.add("sent");
    });
  }
}

function positions() {
  for (const button of document.querySelectorAll("button.locate")) {
    if (!navigator.geolocation || !window.isSecureContext) continue;
    const form = button.form;
    const said = button.parentElement.querySelector("[role=status]");
    button.hidden = false;
    for (const name of ["lon", "lat"]) {
      form.elements[name].addEventListener("input", () => {
        form.elements.accuracy_m.value = "";
      });
    }
    button.addEventListener("click", () => {
      put(said, button.dataset.waiting ?? "");
      navigator.geolocation.getCurrentPosition(
        ({ coords }) => {
          form.elements.lon.value = coords.longitude.toFixed(6);
          form.elements.lat.value = coords.latitude.toFixed(6);
          form.elements.accuracy_m.value = String(Math.round(coords.accuracy));
          put(said, `± ${Math.round(coords.accuracy)} m`);
          document.dispatchEvent(new Event("geshao:located"));
        },
        () => put(said, button.dataset.failed),
        { enableHighAccuracy: true, timeout: 15_000 },
      );
    });
  }
}

// ------------------------------------------------------------------ begin

const rows = document.getElementById("orders");
const changed = document.getElementById("changed");
if (rows) board(rows);
if (changed) order(changed);
forms();
positions();
tick();
setInterval(tick, 250);

// A page out of the browser's memory shows what was true when it was left.
addEventListener("pageshow", (event) => {
  if (event.persisted) location.reload();
});
const here = new URL(location.href);
const once = ["done", "lang", "theme"].filter((name) => here.searchParams.has(name));
if (once.length) {
  for (const name of once) here.searchParams.delete(name);
  history.replaceState(null, "", here);
}

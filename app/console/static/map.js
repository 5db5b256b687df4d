// The map of the duty board. Everything it says is put in as text; the list of orders says the same in words.

const PAUSE_MS = 3000;
const REFRESH_MS = 60_000;
// Where stations stand close together, what wants somebody lies on top.
const ABOVE = { late: 3000, ordered: 2000, alerted: 1000 };

const box = document.getElementById("map");
const words = JSON.parse(box.dataset.words);
const filter = new URLSearchParams();
filter.set("grid", new URLSearchParams(location.search).get("grid") ?? "");

const map = L.map(box, { attributionControl: false, zoomControl: false, scrollWheelZoom: false });
L.control.zoom({ zoomInTitle: words.in, zoomOutTitle: words.out }).addTo(map);
map.setView([44.0, 87.3], 8);
const areas = L.layerGroup().addTo(map);
const winds = L.layerGroup().addTo(map);
const stations = new Map();
let fitted = false;

function element(name, text, className) {
  const made = document.createElement(name);
  if (text) made.textContent = text;
  if (className) made.className = className;
  return made;
}

async function ask(path) {
  const answer = await fetch(`${path}?${filter}`, { redirect: "manual" });
  if (!answer.ok) throw new Error(`HTTP ${answer.status}`);
  return answer.json();
}

// ------------------------------------------------------------------ stations

function standing(station) {
  if (station.orders.some((order) => order.overdue)) return ["late", "!"];
  if (station.orders.length) return ["ordered", String(station.orders.length)];
  if (station.alerts) return ["alerted", "△"];
  return { online: ["online", ""], offline: ["offline", "×"], never: ["never", "○"] }[station.health];
}

function beijing(text) {
  return text ? new Date(Date.parse(text) + 8 * 3_600_000).toISOString().slice(5, 16).replace("T", " ") : "–";
}

function said(station) {
  const all = element("div");
  all.append(element("b", station.name), element("div", `${station.grid_name} · ${station.code}`));
  all.append(element("div", `${words[station.health]}; ${words.last} ${beijing(station.last_observed_at)}`));
  if (station.alerts) all.append(element("div", `${words.alerts}: ${station.alerts}`));
  if (station.wind) {
    const { speed, from } = station.wind;
    all.append(element("div", `${words.wind} ${Math.round(from)}° · ${speed.toFixed(1)} m/s`));
  }
  for (const order of station.orders) {
    const line = element("div");
    const link = element("a", order.number);
    link.href = `/orders/${Number(order.id)}`;
    line.append(link);
    if (order.overdue) line.append(` ${words.overdue}`);
    all.append(line);
  }
  return all;
}

function show(station) {
  const [kind, sign] = standing(station);
  const shown = JSON.stringify(station);
  const old = stations.get(station.code);
  if (old?.shown === shown) return;
  const icon = L.divIcon({ className: "station", html: element("span", sign, `mark ${kind}`), iconSize: [24, 24] });
  const title = `${station.name}: ${words[station.health]}${station.orders.length ? `, ${station.orders.map((o) => o.number).join(", ")}` : ""}`;
  if (old) {
    old.marker.setZIndexOffset(ABOVE[kind] ?? 0).setIcon(icon).setLatLng([station.lat, station.lon]).setPopupContent(said(station));
    old.marker.getElement()?.setAttribute("aria-label", title);
    old.shown = shown;
    return;
  }
  const marker = L.marker([station.lat, station.lon], {
    icon, title, alt: title, riseOnHover: true, zIndexOffset: ABOVE[kind] ?? 0,
  });
  marker.bindPopup(said(station)).addTo(map);
  marker.getElement().setAttribute("aria-label", title);
  stations.set(station.code, { marker, shown });
}

function blow(station) {
  const arrow = element("span", "↑", "wind");
  // It comes from there and points where it goes.
  arrow.style.transform = `rotate(${(station.wind.from + 180) % 360}deg)`;
  const icon = L.divIcon({ className: "station", html: arrow, iconSize: [24, 24], iconAnchor: [-4, 22] });
  L.marker([station.lat, station.lon], { icon, interactive: false, keyboard: false, zIndexOffset: -1000 }).addTo(winds);
}

function fit(found) {
  const bounds = L.latLngBounds(found.map((station) => [station.lat, station.lon]));
  areas.eachLayer((layer) => bounds.extend(layer.getBounds()));
  if (fitted || !bounds.isValid()) return;
  fitted = true;
  map.fitBounds(bounds, { padding: [20, 20], maxZoom: 13 });
}

function put(answer) {
  const codes = new Set(answer.stations.map((station) => station.code));
  for (const [code, { marker }] of stations) {
    if (codes.has(code)) continue;
    marker.remove();
    stations.delete(code);
  }
  winds.clearLayers();
  for (const station of answer.stations) {
    show(station);
    if (station.wind) blow(station);
  }
  document.getElementById("map-more").hidden = !answer.more;
  box.dataset.at = answer.at;
  fit(answer.stations);
}

// ------------------------------------------------------------------ keeping it true

let asking = false;
let again = false;

async function refresh() {
  if (asking || document.hidden) {
    again = true;
    return;
  }
  asking = true;
  again = false;
  try {
    put(await ask("/board/map"));
  } catch {
    // The next event, or the next minute, asks again; the banner says that the connection is lost.
  }
  // However many events come, it is asked for at most this often.
  setTimeout(() => {
    asking = false;
    if (again) refresh();
  }, PAUSE_MS);
}

async function begin() {
  try {
    const { grids } = await ask("/board/grids");
    for (const grid of grids) {
      L.geoJSON(grid.boundary, { className: "area", interactive: false }).addTo(areas);
    }
    geshaoGround(map, grids.length === 0);
    document.getElementById("map-bare").hidden = grids.length > 0;
  } catch {
    // Without boundaries the stations are still in their places.
  }
  refresh();
}

document.addEventListener("geshao:told", refresh);
document.addEventListener("visibilitychange", refresh);
setInterval(refresh, REFRESH_MS);
begin();

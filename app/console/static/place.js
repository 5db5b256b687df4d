// The map of an order's event. The table under it says the same in words.

const box = document.getElementById("place-map");
const found = JSON.parse(box.dataset.place);
const words = JSON.parse(box.dataset.words);

const map = L.map(box, { attributionControl: false, zoomControl: false, scrollWheelZoom: false });
L.control.zoom({ zoomInTitle: words.in, zoomOutTitle: words.out }).addTo(map);

const signs = [];
const leaders = L.layerGroup().addTo(map);
const APART = 24;

// Signs that would lie on one another stand side by side, each tied to its place by a line; the first keeps its place.
function spread() {
  leaders.clearLayers();
  const taken = [];
  for (const [marker, at] of signs) {
    const place = map.latLngToLayerPoint(at);
    const around = [place];
    for (const ring of [1, 2, 3]) {
      for (let turn = 0; turn < 8 * ring; turn += 1) {
        const angle = (turn * Math.PI) / (4 * ring);
        around.push(place.add([ring * APART * Math.cos(angle), ring * APART * Math.sin(angle)]));
      }
    }
    const free = around.find((point) => taken.every((other) => point.distanceTo(other) >= APART - 0.5)) ?? place;
    taken.push(free);
    marker.setLatLng(free === place ? at : map.layerPointToLatLng(free));
    if (free !== place) L.polyline([at, marker.getLatLng()], { className: "leader", interactive: false }).addTo(leaders);
  }
}

function put(place, kind, sign, title) {
  const span = document.createElement("span");
  span.className = `mark ${kind}`;
  span.textContent = sign;
  const icon = L.divIcon({ className: "station", html: span, iconSize: [24, 24] });
  const said = document.createElement("div");
  said.textContent = title;
  const zIndexOffset = { late: 2000, source: 1000 }[kind] ?? 0;
  const marker = L.marker([place.lat, place.lon], { icon, title, alt: title, riseOnHover: true, zIndexOffset }).bindPopup(said).addTo(map);
  marker.getElement().setAttribute("aria-label", title);
  signs.push([marker, L.latLng(place.lat, place.lon)]);
}

let arrowAt = null;

// From where the air came: a line up the wind, as long as the farthest source or five kilometres.
function blow(station, wind) {
  const reach = Math.max(5000, ...found.sources.map((source) => source.distance_m));
  const angle = (wind.direction * Math.PI) / 180;
  const lat = station.lat + (reach * Math.cos(angle)) / 111_195;
  const lon = station.lon + (reach * Math.sin(angle)) / (111_195 * Math.cos((station.lat * Math.PI) / 180));
  const line = L.polyline([[lat, lon], [station.lat, station.lon]], { className: "upwind", interactive: false }).addTo(map);
  const arrow = document.createElement("span");
  arrow.className = "wind";
  arrow.textContent = "↑";
  arrow.style.transform = `rotate(${(wind.direction + 180) % 360}deg)`;
  const icon = L.divIcon({ className: "station", html: arrow, iconSize: [24, 24] });
  const middle = [(lat + station.lat) / 2, (lon + station.lon) / 2];
  arrowAt = [L.marker(middle, { icon, interactive: false, keyboard: false }).addTo(map), L.latLng(middle)];
  return line;
}

const all = [found.station, ...found.near, ...found.sources];
const bounds = L.latLngBounds(all.map((place) => [place.lat, place.lon]));
map.fitBounds(bounds, { padding: [28, 28], maxZoom: 14 });
geshaoGround(map);
if (found.wind && found.wind.direction !== null && found.wind.word === "steady") {
  bounds.extend(blow(found.station, found.wind).getBounds());
  map.fitBounds(bounds, { padding: [28, 28], maxZoom: 14 });
}
put(found.station, "late", "!", `${words.station}: ${found.station.name}`);
found.sources.forEach((source, index) => {
  put(source, "source", String(index + 1), `${index + 1} ${source.name} · ${source.category} · ${(source.distance_m / 1000).toFixed(1)} km`);
});
for (const near of found.near) put(near, "online", "", `${words.near}: ${near.name}`);
if (arrowAt) signs.push(arrowAt);
spread();
map.on("zoomend", spread);
box.dataset.drawn = String(all.length);

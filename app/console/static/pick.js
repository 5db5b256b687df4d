// A place given by a tap on a map: it fills the fields of longitude and latitude, which say the same for a keyboard.

const box = document.getElementById("pick-map");
const words = JSON.parse(box.dataset.words);
const { grids, stations } = JSON.parse(box.dataset.ground);
const { lon, lat, accuracy_m: accuracy } = box.closest("form").elements;

box.hidden = false;
document.getElementById("pick-said").hidden = false;
const map = L.map(box, { attributionControl: false, zoomControl: false, scrollWheelZoom: false });
L.control.zoom({ zoomInTitle: words.in, zoomOutTitle: words.out }).addTo(map);
map.setView([44.0, 87.3], 8);

function icon(kind, sign) {
  const span = document.createElement("span");
  span.className = `mark ${kind}`;
  span.textContent = sign;
  return L.divIcon({ className: "station", html: span, iconSize: [24, 24] });
}

const bounds = L.latLngBounds([]);
for (const grid of grids) {
  const area = L.geoJSON(grid.boundary, { className: "area", interactive: false }).addTo(map);
  bounds.extend(area.getBounds());
}
for (const one of stations) {
  const place = [one.lat, one.lon];
  // A tap on a station is a tap on the ground under it.
  L.marker(place, { icon: icon("online", ""), interactive: false, keyboard: false }).addTo(map);
  if (!grids.length) bounds.extend(place);
}
if (bounds.isValid()) map.fitBounds(bounds, { padding: [16, 16], maxZoom: 13 });
geshaoGround(map, grids.length === 0);

let spot = null;
function mark() {
  const at = [Number(lat.value), Number(lon.value)];
  const given = lon.value !== "" && lat.value !== "" && Math.abs(at[0]) <= 90 && Math.abs(at[1]) <= 180;
  if (!given) {
    spot?.remove();
    spot = null;
    return;
  }
  spot ??= L.marker(at, { icon: icon("late", "!"), interactive: false, keyboard: false }).addTo(map);
  spot.setLatLng(at);
  if (!map.getBounds().contains(at)) map.panTo(at);
}

map.on("click", ({ latlng }) => {
  const at = latlng.wrap();
  lon.value = at.lng.toFixed(6);
  lat.value = at.lat.toFixed(6);
  accuracy.value = "";
  mark();
});
for (const field of [lon, lat]) field.addEventListener("input", mark);
document.addEventListener("geshao:located", mark);
mark();
box.dataset.drawn = "1";

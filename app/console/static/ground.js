// The ground of a map without tiles: degrees every so often, and a scale. Both are drawn anew as the map moves.

const STEPS = [5, 2, 1, 0.5, 0.2, 0.1, 0.05, 0.02, 0.01, 0.005, 0.002, 0.001];
// Lines on the shorter side of the map: enough to tell a place, too few to hide one.
const LINES = 3;

function degrees(value, step, letters) {
  const places = Math.max(0, Math.ceil(-Math.log10(step)));
  return `${Math.abs(value).toFixed(places)}° ${letters[value < 0 ? 1 : 0]}`;
}

function multiples(low, high, step) {
  const first = Math.ceil(low / step);
  return Array.from({ length: Math.max(0, Math.floor(high / step) - first + 1) }, (_, n) => (first + n) * step);
}

function label(place, text, side) {
  const span = document.createElement("span");
  span.textContent = text;
  const icon = L.divIcon({ className: `degree ${side}`, html: span, iconSize: null });
  return L.marker(place, { icon, interactive: false, keyboard: false });
}

globalThis.geshaoGround = (map, degreesToo = true) => {
  const box = map.getContainer();
  const letter = parseFloat(getComputedStyle(box).fontSize);
  // The bar may be half of its greatest width: even then its number stands within it.
  L.control.scale({ imperial: false, maxWidth: Math.round(10 * letter) }).addTo(map);
  if (!degreesToo) return;
  const lines = L.layerGroup().addTo(map);
  const draw = () => {
    const seen = map.getBounds();
    const south = Math.max(seen.getSouth(), -85), north = Math.min(seen.getNorth(), 85);
    const west = seen.getWest(), east = seen.getEast();
    const narrow = Math.min(north - south, east - west);
    const step = STEPS.find((one) => narrow / one >= LINES) ?? STEPS.at(-1);
    lines.clearLayers();
    const wide = (text) => text.length * 0.55 * letter + 8;
    const [rim, zoom] = [box.getBoundingClientRect(), box.querySelector(".leaflet-control-zoom")];
    // A label starts right of the buttons and of the one before, and ends left of the column of latitudes.
    let free = zoom ? zoom.getBoundingClientRect().right - rim.left + 4 : 0;
    const side = wide(degrees(north, step, "NS"));
    for (const lon of multiples(west, east, step)) {
      L.polyline([[south, lon], [north, lon]], { className: "graticule", interactive: false }).addTo(lines);
      const text = degrees(lon, step, "EW");
      const { x } = map.latLngToContainerPoint([north, lon]);
      if (x < free || x + wide(text) > map.getSize().x - side) continue;
      label([north, lon], text, "top").addTo(lines);
      free = x + wide(text);
    }
    let low = map.getSize().y + letter;
    for (const lat of multiples(south, north, step)) {
      L.polyline([[lat, west], [lat, east]], { className: "graticule", interactive: false }).addTo(lines);
      const { y } = map.latLngToContainerPoint([lat, east]);
      // One at the upper rim would be cut off.
      if (y < 1.5 * letter || low - y < 1.5 * letter) continue;
      label([lat, east], degrees(lat, step, "NS"), "right").addTo(lines);
      low = y;
    }
  };
  // Scaled while the map zooms, they would be beams.
  map.on("zoomstart", () => lines.clearLayers());
  map.on("moveend", draw);
  map.whenReady(draw);
};

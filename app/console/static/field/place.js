// Where the phone is, how exactly, and how far from the site.

const EARTH_M = 6_371_000;
const rad = (degrees) => (degrees * Math.PI) / 180;

export function metres(a, b) {
  const half = Math.sin(rad(b.lat - a.lat) / 2) ** 2;
  const turn = Math.sin(rad(b.lon - a.lon) / 2) ** 2 * Math.cos(rad(a.lat)) * Math.cos(rad(b.lat));
  return 2 * EARTH_M * Math.asin(Math.min(1, Math.sqrt(half + turn)));
}

export const possible = () => Boolean(navigator.geolocation) && window.isSecureContext;

export function locate() {
  return new Promise((resolve, reject) => {
    navigator.geolocation.getCurrentPosition(
      ({ coords }) =>
        resolve({
          lon: Number(coords.longitude.toFixed(6)),
          lat: Number(coords.latitude.toFixed(6)),
          accuracy_m: Math.round(coords.accuracy),
        }),
      reject,
      { enableHighAccuracy: true, timeout: 20_000, maximumAge: 30_000 },
    );
  });
}

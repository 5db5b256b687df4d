// Draws what one station measures; the sentence under it says how much there is and how much was flagged.

import { beijing, colour, frame, shown } from "./frame.js";

const REFRESH_MS = 60_000;
const box = document.getElementById("series");
const form = document.getElementById("choice");
const said = document.getElementById("series-said");
const words = JSON.parse(box.dataset.words);
let redraw = null;
let found = null;
let asked = 0;

function options() {
  const points = (values) => found.at.map((at, index) => [beijing(at), values[index]]);
  return {
    ...frame(found.unit),
    series: [
      {
        name: `${found.name} ${words.mean}`, type: found.step === "day" ? "bar" : "line", symbol: "none",
        itemStyle: { color: colour("--link") }, lineStyle: { width: 2, color: colour("--link") }, data: points(found.values),
      },
      {
        name: words.flagged, type: "scatter", symbol: "triangle", symbolSize: 8,
        itemStyle: { color: colour("--bad") }, data: points(found.flagged),
      },
    ],
  };
}

async function draw() {
  asked += 1;
  const mine = asked;
  const choice = new URLSearchParams(new FormData(form));
  const answer = await fetch(`/stations/${encodeURIComponent(box.dataset.station)}/series?${choice}`, { redirect: "manual" });
  // A slower answer to an earlier choice is not shown over a later one.
  if (!answer.ok || mine !== asked) return;
  found = await answer.json();
  said.textContent = found.at.length ? `${words.readings} ${found.readings}; ${words.flagged} ${found.stopped}` : words.none;
  if (redraw) redraw();
  else redraw = shown(box, options);
  box.dataset.drawn = `${found.pollutant} ${found.step} ${found.at.length}`;
}

form.addEventListener("change", draw);
form.addEventListener("submit", (event) => event.preventDefault());
setInterval(() => document.hidden || draw(), REFRESH_MS);
draw();

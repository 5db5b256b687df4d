// Draws an order's station beside its neighbours. The figure under it says the same in words.

import { beijing, clock, colour, frame, shown } from "./frame.js";

const card = document.getElementById("chart-card");
const box = document.getElementById("chart");

function options(found, words) {
  const ink = colour("--ink");
  const quiet = colour("--quiet");
  const series = (values) => found.at.map((at, index) => [beijing(at), values[index]]);
  const whole = frame(`${found.name} ${found.unit}`);
  // The event may begin before and end after the values that there are: all of it is drawn.
  const told = [...found.at, ...found.event, ...found.marks.map((mark) => mark.at)].map(beijing);
  return {
    ...whole,
    xAxis: { ...whole.xAxis, min: Math.min(...told), max: Math.max(...told) },
    series: [
      {
        name: found.station, type: "line", symbol: "none", lineStyle: { width: 2.5, color: colour("--bad") },
        itemStyle: { color: colour("--bad") }, data: series(found.own),
        markArea: {
          silent: true, itemStyle: { color: colour("--warn-back"), opacity: 0.8 },
          data: [[{ xAxis: beijing(found.event[0]) }, { xAxis: beijing(found.event[1]) }]],
        },
        markLine: {
          silent: true, symbol: "none", lineStyle: { type: "dashed", color: quiet },
          label: { color: ink, formatter: (mark) => mark.name, fontSize: 11 },
          data: found.marks.map((mark, index) => ({
            name: mark.name, xAxis: beijing(mark.at), label: { distance: 4 + 13 * (index % 3) },
          })),
        },
      },
      {
        name: `${words.neighbours} (${found.near.length})`, type: "line", symbol: "none",
        lineStyle: { width: 2, type: "dashed", color: colour("--link") }, itemStyle: { color: colour("--link") },
        data: series(found.neighbours),
      },
    ],
  };
}

function said(found, words) {
  const whole = found.own.slice(0, found.settled);
  const highest = whole.reduce((best, value, index) => (value !== null && (best < 0 || value > whole[best]) ? index : best), -1);
  const parts = [`${words.event} ${clock(beijing(found.event[0]))}–${clock(beijing(found.event[1])).slice(6)}`];
  if (highest >= 0) parts.push(`${words.highest} ${found.own[highest]} ${found.unit}, ${clock(beijing(found.at[highest]))}`);
  return parts.join("; ");
}

async function draw() {
  const answer = await fetch(`/orders/${Number(box.dataset.order)}/chart`, { redirect: "manual" });
  if (answer.status !== 200) return;
  const found = await answer.json();
  const words = JSON.parse(box.dataset.words);
  card.hidden = false;
  document.getElementById("chart-said").textContent = found.at.length ? said(found, words) : words.none;
  box.hidden = found.at.length === 0;
  if (box.hidden) return;
  shown(box, () => options(found, words));
  box.dataset.drawn = String(found.at.length);
}

if (box) draw();

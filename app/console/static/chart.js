// Draws an order's station beside its neighbours. The figure under it says the same in words.

const card = document.getElementById("chart-card");
const box = document.getElementById("chart");
const BEIJING_MS = 8 * 3_600_000;

// The chart counts in Beijing time on any machine: instants are moved by eight hours and shown as UTC.
const beijing = (text) => Date.parse(text) + BEIJING_MS;
const clock = (ms) => new Date(ms).toISOString().slice(5, 16).replace("T", " ");

function colour(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

function options(found, words) {
  const ink = colour("--ink");
  const quiet = colour("--quiet");
  const line = colour("--line");
  const series = (values) => found.at.map((at, index) => [beijing(at), values[index]]);
  return {
    animation: false,
    useUTC: true,
    textStyle: { fontFamily: "inherit", color: ink },
    grid: { left: 8, right: 16, top: 64, bottom: 8, containLabel: true },
    legend: { top: 0, left: 0, textStyle: { color: ink } },
    // Drawn into the picture: markup with style attributes is not allowed on this page.
    tooltip: { trigger: "axis", renderMode: "richText", confine: true },
    xAxis: { type: "time", axisLabel: { color: quiet, hideOverlap: true }, axisLine: { lineStyle: { color: line } } },
    yAxis: {
      type: "value", name: `${found.name} ${found.unit}`, nameTextStyle: { color: quiet, align: "left" }, min: 0,
      axisLabel: { color: quiet }, splitLine: { lineStyle: { color: line } },
    },
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
  const highest = found.own.reduce((best, value, index) => (value !== null && (best < 0 || value > found.own[best]) ? index : best), -1);
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
  const chart = echarts.init(box);
  chart.setOption(options(found, words));
  box.dataset.drawn = String(found.at.length);
  new ResizeObserver(() => chart.resize()).observe(box);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => chart.setOption(options(found, words), true));
}

if (box) draw();

// Draws what one station measures; the sentence under it says how much there is and how much was flagged.

const BEIJING_MS = 8 * 3_600_000;
const REFRESH_MS = 60_000;
const box = document.getElementById("series");
const form = document.getElementById("choice");
const said = document.getElementById("series-said");
const words = JSON.parse(box.dataset.words);
let chart = null;
let asked = 0;

// The chart counts in Beijing time on any machine: instants are moved by eight hours and shown as UTC.
const beijing = (text) => Date.parse(text) + BEIJING_MS;

function colour(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

function options(found) {
  const ink = colour("--ink");
  const quiet = colour("--quiet");
  const line = colour("--line");
  const points = (values) => found.at.map((at, index) => [beijing(at), values[index]]);
  return {
    animation: false,
    useUTC: true,
    textStyle: { fontFamily: "inherit", color: ink },
    grid: { left: 8, right: 16, top: 56, bottom: 8, containLabel: true },
    legend: { top: 0, left: 0, textStyle: { color: ink } },
    // Drawn into the picture: markup with style attributes is not allowed on this page.
    tooltip: { trigger: "axis", renderMode: "richText", confine: true },
    xAxis: { type: "time", axisLabel: { color: quiet, hideOverlap: true }, axisLine: { lineStyle: { color: line } } },
    yAxis: {
      type: "value", name: found.unit, min: 0, nameTextStyle: { color: quiet, align: "left" },
      axisLabel: { color: quiet }, splitLine: { lineStyle: { color: line } },
    },
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
  const found = await answer.json();
  said.textContent = found.at.length ? `${words.readings} ${found.readings}; ${words.flagged} ${found.stopped}` : words.none;
  if (!chart) {
    chart = echarts.init(box);
    new ResizeObserver(() => chart.resize()).observe(box);
  }
  chart.setOption(options(found), true);
  box.dataset.drawn = `${found.pollutant} ${found.step} ${found.at.length}`;
}

form.addEventListener("change", draw);
form.addEventListener("submit", (event) => event.preventDefault());
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
setInterval(() => document.hidden || draw(), REFRESH_MS);
draw();

// What every chart of these pages has: axes, colours of the page in both themes, hints, and Beijing time.

const BEIJING_MS = 8 * 3_600_000;

// A chart counts in Beijing time on any machine: instants are moved by eight hours and shown as UTC.
export const beijing = (text) => Date.parse(text) + BEIJING_MS;
export const clock = (ms) => new Date(ms).toISOString().slice(5, 16).replace("T", " ");

export function colour(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

export function frame(name) {
  const [ink, quiet, line] = ["--ink", "--quiet", "--line"].map(colour);
  return {
    animation: false,
    useUTC: true,
    textStyle: { fontFamily: "inherit", color: ink },
    grid: { left: 8, right: 16, top: 64, bottom: 8, containLabel: true },
    legend: { top: 0, left: 0, textStyle: { color: ink } },
    // Drawn into the picture: markup with style attributes is not allowed on these pages.
    tooltip: { trigger: "axis", renderMode: "richText", confine: true },
    // The ends of the range are no round times, and a label at midnight there would lie over its neighbour.
    xAxis: { type: "time", axisLabel: { color: quiet, hideOverlap: true, showMinLabel: false, showMaxLabel: false }, axisLine: { lineStyle: { color: line } } },
    yAxis: {
      type: "value", name, nameTextStyle: { color: quiet, align: "left" }, min: 0,
      axisLabel: { color: quiet }, splitLine: { lineStyle: { color: line } },
    },
  };
}

// Draws what `options` gives, again with another size or theme; gives the function that draws it anew.
export function shown(box, options) {
  const chart = echarts.init(box);
  const draw = () => chart.setOption(options(), true);
  draw();
  new ResizeObserver(() => chart.resize()).observe(box);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
  return draw;
}

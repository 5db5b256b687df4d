"""Charts of papers as pictures, in the project's own font, the same bytes for the same values."""

import threading
from io import BytesIO

from app.papers.font import FILE
from app.papers.official import Chart, ChartKind

WIDTH_IN, HEIGHT_IN, DPI = 6.4, 3.0, 160
_COLOURS = ("#1f5f99", "#c2570c", "#3f7d3a", "#7a3e9d", "#8a6d00", "#a3263b")
_MARKS = ("o", "s", "^", "D", "v", "P")
"""Beside the colour, so that a paper printed in grey still tells them apart."""
_HATCHES = ("", "///", "...", "xxx", "\\\\\\", "++")
_MOST_LABELS = 16
_FEWEST_PLACES = 6
_LETTERS = 96
"""Of Latin, that stand beside one another under the axis."""
_DRAWING = threading.Lock()
"""The library keeps its fonts in one place for all threads."""


def draw(chart: Chart) -> bytes:
    """A PNG of the chart."""
    # A quarter of a second and 40 MB that a process without charts does not spend.
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
    from matplotlib.font_manager import FontProperties

    with _DRAWING:
        face = FontProperties(fname=str(FILE), size=8)
        figure = Figure(figsize=(WIDTH_IN, HEIGHT_IN), dpi=DPI, layout="constrained")
        FigureCanvasAgg(figure)
        axes = figure.add_subplot()
        places = range(len(chart.labels))
        if chart.kind is ChartKind.BARS:
            width = 0.8 / max(1, len(chart.series))
            for number, one in enumerate(chart.series):
                left = [place - 0.4 + width * (number + 0.5) for place in places]
                axes.bar(
                    left,
                    [float("nan") if value is None else value for value in one.values],
                    width=width * 0.92,
                    color=_COLOURS[number % len(_COLOURS)],
                    hatch=_HATCHES[number % len(_HATCHES)],
                    edgecolor="white",
                    linewidth=0.4,
                    label=one.name,
                )
            axes.axhline(0, color="#444444", linewidth=0.6)
            # One bar over the whole width says no more than a narrow one.
            spare = max(0, _FEWEST_PLACES - len(chart.labels)) / 2
            axes.set_xlim(-0.5 - spare, len(chart.labels) - 0.5 + spare)
        else:
            for number, one in enumerate(chart.series):
                axes.plot(
                    list(places),
                    [float("nan") if value is None else value for value in one.values],
                    color=_COLOURS[number % len(_COLOURS)],
                    marker=_MARKS[number % len(_MARKS)],
                    markersize=3,
                    linewidth=1.2,
                    label=one.name,
                )
        step = max(1, -(-len(chart.labels) // _MOST_LABELS))
        shown = [place for place in places if place % step == 0]
        longest = max((wide(chart.labels[place]) for place in shown), default=0)
        turned = longest * len(shown) > _LETTERS
        axes.set_xticks(shown)
        axes.set_xticklabels(
            [chart.labels[place] for place in shown],
            fontproperties=face,
            rotation=35 if turned else 0,
            ha="right" if turned else "center",
        )
        for label in axes.get_yticklabels():
            label.set_fontproperties(face)
        if chart.unit:
            axes.set_ylabel(chart.unit, fontproperties=face)
        axes.grid(axis="y", color="#dddddd", linewidth=0.6)
        axes.set_axisbelow(True)
        for side in ("top", "right"):
            axes.spines[side].set_visible(False)
        if len(chart.series) > 1:
            figure.legend(
                prop=face, frameon=False, ncols=min(4, len(chart.series)), loc="outside upper center"
            )
        file = BytesIO()
        figure.savefig(file, format="png", metadata={"Software": None})
        return file.getvalue()


def wide(text: str) -> int:
    """In letters of Latin, which are half as wide as Chinese characters."""
    return sum(2 if ord(char) > 0x2E7F else 1 for char in text)

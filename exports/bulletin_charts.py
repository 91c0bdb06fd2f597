"""The charts of the bulletin as plotly figures: plain data, the same digits that the tables beside them show."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

COLOURS = ("#1f4e79", "#c0504d", "#7f9f3f", "#8064a2", "#d99a2b", "#4bacc6", "#5f6b76", "#9e480e")
FONT = {"family": '"Source Han Sans SC","Noto Sans CJK SC","Microsoft YaHei","PingFang SC",sans-serif', "size": 12, "color": "#1f2328"}
ROW = 22  # pixels a bar takes
LEGEND = {"orientation": "h", "x": 0, "y": 1, "yanchor": "bottom"}

Number = int | str | None  # exact digits: a ratio travels as its decimal text


def _layout(height: int, left: int, top: int = 40, **more: Any) -> dict[str, Any]:
    return {"font": FONT, "height": height, "margin": {"l": left, "r": 16, "t": top, "b": 32}, "barmode": "group", "paper_bgcolor": "#fff",
            "plot_bgcolor": "#fff", "legend": LEGEND, "bargap": 0.25, **more}  # fmt: skip


def by_county(measures: Sequence[str], values: Mapping[str, Sequence[Number]], targets: Sequence[Number]) -> dict[str, Any]:
    """Bars of each measure, a colour a region, a mark where its target stands. Unknown values have no bar."""
    bars = [{"type": "bar", "orientation": "h", "name": name, "y": list(measures), "x": list(row), "marker": {"color": COLOURS[at % len(COLOURS)]},
             "hovertemplate": "%{y}：%{x}%<extra>" + name + "</extra>"} for at, (name, row) in enumerate(values.items())]  # fmt: skip
    marks = {"type": "scatter", "mode": "markers", "name": "目标", "y": list(measures), "x": list(targets),
             "marker": {"symbol": "diamond", "size": 10, "color": "#000"}, "hovertemplate": "%{y} 目标：%{x}%<extra></extra>"}  # fmt: skip
    height = 126 + len(measures) * (ROW * max(1, len(values)) * 2 // 3 + 10)
    return {"data": [*bars, marks], "layout": _layout(height, 8, top=76, xaxis={"ticksuffix": "%", "rangemode": "tozero", "gridcolor": "#e4e7eb"},
                                                    yaxis={"autorange": "reversed", "automargin": True})}  # fmt: skip


def by_month(months: Sequence[str], values: Mapping[str, Sequence[Number]]) -> dict[str, Any]:
    """A line a quantity over the months."""
    lines = [{"type": "scatter", "mode": "lines+markers", "name": name, "x": list(months), "y": list(row), "marker": {"size": 9},
              "line": {"color": COLOURS[at % len(COLOURS)], "width": 2}} for at, (name, row) in enumerate(values.items())]  # fmt: skip
    return {"data": lines, "layout": _layout(280, 40, xaxis={"type": "category", "automargin": True},
                                             yaxis={"rangemode": "tozero", "gridcolor": "#e4e7eb"})}  # fmt: skip


def progress(labels: Sequence[str], values: Mapping[str, Sequence[Number]]) -> dict[str, Any]:
    """Bars side by side, what was to be done and what was."""
    bars = [{"type": "bar", "orientation": "h", "name": name, "y": list(labels), "x": list(row),
             "marker": {"color": COLOURS[at % len(COLOURS)]}} for at, (name, row) in enumerate(values.items())]  # fmt: skip
    return {"data": bars, "layout": _layout(90 + len(labels) * (ROW * len(values) * 2 // 3 + 10), 8,
                                            xaxis={"rangemode": "tozero", "gridcolor": "#e4e7eb"},
                                            yaxis={"autorange": "reversed", "automargin": True})}  # fmt: skip

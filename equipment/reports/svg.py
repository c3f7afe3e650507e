"""Charts as SVG for paper: the page's own ECharts and options, drawn without a browser. Imported by
the jobs process only.

ECharts asks for timers even when it draws on a server; they may do nothing, because nothing moves on paper.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from py_mini_racer import MiniRacer

from equipment.core.config import ROOT
from equipment.reports.charts import Option

LIBRARY = ROOT / "static" / "vendor" / "echarts" / "echarts.min.js"
FONT = "Print Sans"
NO_TIMERS = """
var self = this, global = this;
function setTimeout() { return 0; } function clearTimeout() {}
function setInterval() { return 0; } function clearInterval() {}
var console = { log: setTimeout, warn: setTimeout, error: setTimeout };
"""
DRAW = """
(function (option, width, height) {
  var chart = echarts.init(null, null, { renderer: 'svg', ssr: true, width: width, height: height });
  chart.setOption(option);
  var drawn = chart.renderToSVGString();
  chart.dispose();
  return drawn;
})(%s, %d, %d)
"""


@dataclass(frozen=True, slots=True)
class PaperChart:
    """An option and the size it is drawn in, in CSS pixels."""

    option: Option
    width: int
    height: int


def drawn(charts: Sequence[PaperChart]) -> list[str]:
    """Each picture as one <svg>; text stays text, in the font of the paper."""
    if not charts:
        return []
    engine = MiniRacer()
    engine.eval(NO_TIMERS)
    engine.eval(LIBRARY.read_text("utf-8"))
    still = {"animation": False, "textStyle": {"fontFamily": FONT, "fontSize": 11}}
    return [
        str(engine.eval(DRAW % (json.dumps(chart.option | still), chart.width, chart.height)))
        for chart in charts
    ]

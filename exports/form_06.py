"""Form 6 · 002 附件6 支持家庭农牧场发展补助资金绩效评价表, with the companion sheet 评分底稿."""

from __future__ import annotations

from exports import scorecards
from exports.form import Filled, Form, Scope
from exports.reading import Reading
from exports.scorecard_text import FARMS
from exports.scorecards import SCORES, Layout, header

FORM = Form(
    6,
    "支持家庭农牧场发展补助资金绩效评价表",
    "乌农字〔2024〕48号 附件6",
    (SCORES, "programme.award", "farm_directory.farm", "direct_report.entity", "bookkeeping.usage"),
    ("scorecard", "scorecard_total"),
)
LAYOUT = Layout(FORM, "附件6", header("考评指标"), FARMS, ("合计", "", "", ""), line="评价年度：{year}")


def fill(reading: Reading, scope: Scope) -> Filled | None:
    """The form of a county, or of each county of a prefecture; null for wider scopes."""
    return scorecards.fill(LAYOUT, reading, scope)

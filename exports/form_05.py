"""Form 5 · 002 附件5 支持农牧民合作社发展项目资金绩效评价表, with the companion sheet 评分底稿."""

from __future__ import annotations

from exports import scorecards
from exports.form import Filled, Form, Scope
from exports.reading import Reading
from exports.scorecard_text import COOPERATIVES
from exports.scorecards import SCORES, Layout, header

FORM = Form(
    5,
    "支持农牧民合作社发展项目资金绩效评价表",
    "乌农字〔2024〕48号 附件5",
    (SCORES, "programme.award", "programme.district_task"),
    ("scorecard", "scorecard_total"),
)
LAYOUT = Layout(
    FORM,
    "附件5",
    header("考核指标"),
    COOPERATIVES,
    ("合计", "分数", 100, ""),
    note="备注：考核分值保留1位小数。对评价标准要求的内容未全部完成，评价标准未明确扣分规则的，考核人员根据实际酌情给扣分。",
)


def fill(reading: Reading, scope: Scope) -> Filled | None:
    """The form of a county, or of each county of a prefecture; null for wider scopes."""
    return scorecards.fill(LAYOUT, reading, scope)

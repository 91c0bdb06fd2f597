"""Form 2 · 002 附件2 培育壮大农牧民合作社奖励补助基本情况表: a sheet a county."""

from __future__ import annotations

from exports import award_list
from exports.award_list import LEDGER, Award, Layout, ten_thousands
from exports.form import Filled, Form, Scope
from exports.header import Header, Kind, Leaf
from exports.kit import Cell
from exports.reading import Reading

TITLE = "培育壮大农牧民合作社奖励补助基本情况表"
FORM = Form(2, TITLE, "乌农字〔2024〕48号 附件2", (LEDGER,), ("award_form", "award_form_total"))
HEADER = Header(
    Leaf("序号", Kind.count, 5),
    Leaf("镇", Kind.text, 11),
    Leaf("合作社名称", Kind.label, 26),
    Leaf("登记日期", Kind.day, 11),
    Leaf("实有成员总数", Kind.count, 9),
    Leaf("主要产业", Kind.text, 12),
    Leaf("年经营收入", Kind.money, 11),
    Leaf("带动非成员农户数", Kind.count, 10),
    Leaf("带动脱贫人口", Kind.count, 9),
    Leaf("带动监测户", Kind.count, 9),
    Leaf("项目建设主要内容", Kind.label, 24),
    Leaf("示范级别", Kind.text, 12),
)


def fill(reading: Reading, scope: Scope) -> Filled | None:
    """The form of a county, or of each county of a prefecture; null for wider scopes."""
    return award_list.fill(LAYOUT, reading, scope)


def _cells(award: Award) -> tuple[Cell, ...]:
    return (
        award.township_name,
        award.entity_name,
        award.registered_on,
        award.members,
        award.main_industry,
        ten_thousands(award.annual_income),
        award.households_led,
        award.lifted_led,
        award.monitored_led,
        award.works,
        award.demonstration_level,
    )


LAYOUT = Layout(
    FORM,
    TITLE,
    HEADER,
    "农民合作社",
    _cells,
    {4: "members", 6: "annual_income", 7: "households_led", 8: "lifted_led", 9: "monitored_led"},
    "附件2",
    note="备注：实有成员数、带动非成员农牧户、年经营收入均为{year}年底数",  # 农牧户 against 农户 is as printed
)

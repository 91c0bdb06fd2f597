"""Form 3 · 002 附件3 培育壮大家庭农牧场奖励补助基本情况表: a sheet a county."""

from __future__ import annotations

from exports import award_list
from exports.award_list import LEDGER, Award, Layout, ten_thousands
from exports.form import Filled, Form, Scope
from exports.header import Group, Header, Kind, Leaf
from exports.kit import SIGNATURE, Cell
from exports.reading import Reading

TITLE = "培育壮大家庭农牧场奖励补助基本情况表"
FORM = Form(
    3, TITLE, "乌农字〔2024〕48号 附件3", (LEDGER, "farm_directory.farm"), ("award_form", "award_form_total")
)
HEADER = Header(
    Leaf("序号", Kind.count, 5),
    Leaf("镇", Kind.text, 11),
    Leaf("家庭农牧场名称", Kind.label, 24),
    Leaf("登记日期", Kind.day, 11),
    Leaf("主要产业", Kind.text, 12),
    Leaf("年经营收入", Kind.money, 11),
    Leaf("项目建设主要内容", Kind.label, 24),
    Group(
        "带动农区居民数",
        (
            Leaf("总人数", Kind.count, 8),
            Leaf("其中：脱贫人数", Kind.count, 9),
            Leaf("监测户", Kind.count, 8),
        ),
    ),
    Leaf("赋码情况", Kind.code, 20),
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
        award.main_industry,
        ten_thousands(award.annual_income),
        award.works,
        award.residents_led,
        award.lifted_led,
        award.monitored_led,
        award.code_state,
        award.demonstration_level,
    )


LAYOUT = Layout(
    FORM,
    TITLE,
    HEADER,
    "家庭农场",
    _cells,
    {5: "annual_income", 7: "residents_led", 8: "lifted_led", 9: "monitored_led"},
    "附件3",
    signature=SIGNATURE,
)

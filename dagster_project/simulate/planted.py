"""The planted cooperatives: shells of all six kinds and their look-alikes (spec 3.1), each as its behaviour.

Ages are months before the end of the last month. `expected` lists the statuses that a right judgement of the
last month (July or later) can give; a shell's are 疑似空壳 or what a person has decided about it since.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

USUAL = {"农民": 9, "其他居民": 1}
SHELL = ("疑似空壳",)
INNOCENT = ("正常", "关注", "无法判断")


@dataclass(frozen=True)
class Behaviour:
    """What a planted cooperative does. `reports`, `idle`: (the year before last, last year)."""

    slug: str
    what: str
    shell: bool
    kinds: tuple[int, ...] = ()
    rules: tuple[str, ...] = ()  # that fire in the last month
    expected: tuple[str, ...] = SHELL
    where: int = 0  # 0, 1: first, second county; -1: the one whose annual reports never come
    members: dict[str, int] = field(default_factory=lambda: dict(USUAL))
    idle: tuple[bool, bool] = (False, False)  # no income
    trades: bool | None = None  # None: as idle says
    books: bool = True  # statements
    accounts: bool = True
    reports: tuple[str, str] = ("on_time", "on_time")  # on_time, late, none, withheld
    founded: int = 90
    listed: tuple[tuple[str, int, bool], ...] = ()  # reason, age, still shown by the last list
    inspections: tuple[dict[str, Any], ...] = ()  # age and the answers that differ from a sound cooperative's
    steps: tuple[tuple[str, int], ...] = ()  # office.shell_case
    awarded: int | None = None  # years ago
    group: str | None = None  # same representative, telephone and domicile
    market: str | None = None  # same domicile only
    shared: str | None = None  # same members
    suspended: bool = False
    union: bool = False


LATE, AWAY = "未按期年报", "通过登记的住所无法联系"
FIX = {"conclusion": "需整改", "measures": "限期整改"}
CLEAR = ("正常", "排除", "关注")

CAST: tuple[Behaviour, ...] = (
    Behaviour("no_farmer", "账户中没有农民成员", True, (1,), ("K01", "K03"), members={"其他居民": 8}),
    Behaviour(
        "no_farmer_seen", "实地检查无农民成员参与，已认定空壳", True, (1,), ("K01",), ("确认",), 1,
        inspections=({"age": 3, "farmers_take_part": False, "conclusion": "空壳社", "measures": "引导注销"},),
    ),
    Behaviour("idle_two_years", "连续两年无交易无收入", True, (2,), ("K05",), idle=(True, True)),
    Behaviour(
        "silent_and_small", "两年未年报且成员只有四人", True, (1, 2), ("K02", "K06"), where=1, members={"农民": 4},
        reports=("none", "none"),
    ),
    Behaviour(
        "listed_long_and_mixed", "列异两年以上且农民成员不足八成", True, (1, 2), ("K03", "K07"),
        members={"农民": 5, "其他居民": 5}, reports=("late", "on_time"), listed=((LATE, 30, True),),
    ),
    Behaviour(
        "stopped", "停止运行三年以上，整改期已过未完成", True, (3,), ("K09",), where=1, idle=(True, False),
        inspections=({"age": 8, "stopped": 40, "operates_on_site": False, "rectify_age": 5, **FIX},),
    ),
    Behaviour(
        "closed_twice", "相隔十个月两次检查均无生产经营", True, (3,), ("K09",), ("确认",),
        inspections=(
            {"age": 14, "operates_on_site": False, "rectify_age": 9, **FIX},
            {"age": 4, "operates_on_site": False, "conclusion": "休眠社", "measures": "专项帮扶、引导注销"},
        ),
    ),
    Behaviour(
        "award_taken", "领取补助后第一个完整年度无收入无交易，与两社同一法人同一住所", True, (1, 4),
        ("K04", "K10", "K11"), where=1, idle=(False, True), awarded=2, group="甲", shared="甲",
    ),
    Behaviour("paper_sister_1", "与领补助的社同一法人、住所和成员", True, (1, 4), ("K04", "K11"), where=1,
              group="甲", shared="甲"),
    Behaviour("paper_sister_2", "与领补助的社同一法人、住所和成员", True, (1, 4), ("K04", "K11"), where=1,
              group="甲", shared="甲"),
    Behaviour(
        "complaint_and_away", "举报查实且住所无法联系，检查结论却写正常", True, (2, 5), ("K08", "K12"),
        inspections=({"age": 5, "complaint_verified": True, "domicile_reachable": False},),
    ),
    Behaviour(
        "complaint_and_listed", "举报查实且因住所列异，整改逾期", True, (2, 5), ("K08", "K12"), where=1,
        listed=((AWAY, 10, True),), inspections=({"age": 9, "complaint_verified": True, "rectify_age": 6, **FIX},),
    ),
    Behaviour(
        "illegal_finance", "涉及非法金融活动，已认定空壳", True, (6,), ("K13",), ("确认",),
        inspections=({"age": 4, "illegal_finance": True, "conclusion": "空壳社", "measures": "移送市场监管"},),
    ),
    Behaviour(
        "illegal_finance_passed", "涉及非法金融活动，检查结论却写正常", True, (6,), ("K13",), where=1,
        inspections=({"age": 6, "illegal_finance": True},),
    ),
    Behaviour(
        "upheld", "无交易无收入，申辩后维持", True, (2,), ("K05",), ("疑似空壳", "维持", "确认"), idle=(True, True),
        steps=(("已告知", 5), ("申辩中", 4), ("维持", 3)),
    ),
    Behaviour(
        "disposed", "无交易无收入，已处置", True, (2,), ("K05",), ("疑似空壳", "已处置", "确认"), where=1,
        idle=(True, True), steps=(("已告知", 6), ("已处置", 2)),
    ),
    Behaviour("newly_founded", "成立不满一年，尚无账务与年报", False, (), (), INNOCENT, founded=5, books=False,
              accounts=False, reports=("none", "none")),
    Behaviour("suspended", "登记歇业期内无经营、未年报", False, (), (), INNOCENT, 1, idle=(True, True),
              reports=("none", "none"), suspended=True),
    Behaviour("union", "联合社，成员全为合作社", False, (), (), INNOCENT, members={"合作社": 4}, union=True),
    Behaviour("withheld", "年报金额选择不公示，无报表", False, (), (), INNOCENT, 1, books=False, trades=False,
              reports=("withheld", "withheld")),
    Behaviour(
        "seasonal", "季节性经营：有交易无收入，冬季检查时停产", False, (), (), CLEAR, idle=(False, True), trades=True,
        inspections=({"age": 6, "operates_on_site": False},),
    ),
    Behaviour("late_report_only", "仅因上年年报迟报列异一年", False, (), (), INNOCENT, 1, reports=("late", "on_time"),
              listed=((LATE, 12, True),)),
    Behaviour("two_signals_one_fact", "两年未年报并因此列异两年以上：一个事实", False, (), ("K06", "K07"), ("关注",),
              reports=("none", "none"), listed=((LATE, 30, True),)),
    Behaviour(
        "inspected_and_cleared", "账面两年无交易无收入，此后检查正常", False, (), ("K05",), ("排除",), 1,
        idle=(True, True), inspections=({"age": 2},),
    ),
    Behaviour("off_the_newest_list", "曾因住所列异，最新名录已不见，成员只有四人", False, (), ("K02",), ("关注",),
              members={"农民": 4}, listed=((AWAY, 26, False),)),
    Behaviour("reports_never_delivered", "所在旗县从未送过年报，成员只有四人", False, (), ("K02",), ("关注",), -1,
              members={"农民": 4}, reports=("none", "none")),
    Behaviour("small_and_mixed", "成员四人且农民不足八成：一个事实", False, (), ("K02", "K03"), ("关注",), 1,
              members={"农民": 2, "其他居民": 2}),
    Behaviour(
        "away_twice", "因住所列异，检查也无法联系，整改期未到：一个事实", False, (), ("K08",), ("关注", "整改中"),
        listed=((AWAY, 6, True),), inspections=({"age": 1, "domicile_reachable": False, "rectify_age": -2, **FIX},),
    ),
    Behaviour("market_stall_1", "同一市场内三社同址，均未领补助", False, (), (), INNOCENT, market="乙"),
    Behaviour("market_stall_2", "同一市场内三社同址，均未领补助", False, (), (), INNOCENT, market="乙"),
    Behaviour("market_stall_3", "同一市场内三社同址，均未领补助", False, (), (), INNOCENT, market="乙"),
    Behaviour(
        "withdrawn", "无交易无收入，申辩后撤销", False, (), ("K05",), ("撤销", "排除", "正常", "关注"), 1,
        idle=(True, True), steps=(("已告知", 5), ("申辩中", 4), ("撤销", 2)),
    ),
    Behaviour("deadline_ahead", "停止运行三年以上，整改期未到", False, (), ("K09",), ("整改中",),
              inspections=({"age": 2, "stopped": 38, "operates_on_site": False, "rectify_age": -3, **FIX},)),
)

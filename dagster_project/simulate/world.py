"""The simulated prefecture: its cooperatives, farms and months, as exact facts. Amounts are integers of 分.

THE TRUTH FILE (JSON; decimals are texts, dates ISO texts, unknown is null, never 0). It says what was meant,
without asking the receiving code: a naive second implementation can recompute the farm rates of spec 2.2 and
all of 2.3 from it. Facts are those that a correct receiver ends with: a value that a planted fault destroyed
is null. Lists of the form {"columns": [...], "rows": [[...], ...]} are tables. `file` is the path below the
inbox, `row` the row as Excel shows it (record number in CSV), `sheet` is '' for CSV. Money is in 元.

  world            the arguments, prefecture_name, counties (code, name), months (month, as_of)
  cooperatives     table, one row a registered entity: key (credit code, else 15-character 注册号),
                   credit_code, registration_no, name, kind, county_code (the prefecture's own code =
                   市本级), is_union, is_branch, legal_representative, founded_on
  registrations    table, key × month as read from the delivery that counts: county_code, status (active,
                   suspended, ceased, moved_out, revoked, deregistered, winding_up, unknown), ended_on,
                   suspended_from, suspended_until, capital (null = not stated or unusable), approved_on,
                   in_force (spec 2.1: no branches, nothing founded after as_of), file, sheet, row, carried
                   (status of an older delivery: the public dump has none, or a change is not yet there)
  registered_farms table: family farms that the public dump lists (in scope of the registry, no
                   cooperatives)
  farms            table, the constant facts: farm (its number), name, operator, identity, phone,
                   county_code, township, credit_code, entered_on
  farm_months      table, farm × month in the delivery that counts: county_code, code (valid 一码通 or
                   null), data_year, updated_on, annual_income, subsidy_flag, subsidy_year, delivered_on,
                   file, sheet, row, carried (the row was rejected this month, its last accepted version
                   stays)
  statements       table, one row a line of a statement file: credit_code, county_code, fiscal_year, layout
                   ('2021'/'2007'), case (what it was built to show), absent (columns that the sheet
                   lacks), the money lines by the contract's column names, broken (ids of the checks S1-S7
                   that fail by construction), superseded (a newer delivery replaces it), file, sheet, row.
                   A row that a later one of the same sheet replaces is not listed (but is a fault)
  member_accounts  table, one row a member of a cooperative-year: member_no, member_name, identity (null =
                   none or destroyed), member_kind, is_lifted_from_poverty, is_monitored_household,
                   joined_on, left_on, the money columns, case, superseded (always false so far), file,
                   sheet, row
  <table id>       the other 23 tables, each under its own id: one row an accepted sheet row, by the contract's
                   column names (text as drawn, before NFKC; ratios as fractions; delivery_decision's file is
                   decided_file), then county_code (where the entity truly is, null = nowhere), dated
                   (snapshot date of the file), partial (a filled form: fills blanks, delivers nothing), file,
                   sheet, row. An entity stands once a delivery: choose with `deliveries` or by event dates.
                   Besides: gsxt.annual_report revenue_is_public, total_surplus_is_public (不公示);
                   programme.award case, advisor.directory part (what each was built to show)
  planted          table, the shells and look-alikes (planted.py): credit_code, name, county_code, slug,
                   what, is_shell, kinds, rules (that fire in the last month), expected (statuses that are
                   right at the end of a last month from July on). They are beside the `coops` asked for
  quota, targets   the two printed tables: county (code or short name; null = city-wide), year, figures
  deliveries       expected choice a month (state 当期, 月后导出, 月内, 过期): table_id, month, scope (county, or county|township),
                   delivered_on, state, file, sheet
  files            every file: path, format, dated (snapshot date), dated_assumed, copy_of, outcome (null
                   unless the whole file is refused or a duplicate), code, sheets (sheet, table_id,
                   outcome, rows_read, accepted, rejected, out_of_scope, ignored, drift; counts null for a
                   sheet without any header)
  faults           every planted fault: file, sheet, row, column (the contract's first Chinese header; null
                   = the row or file as a whole), code (rulings 6.1.9), raw (as written), table_id, outcome
                   (rejected/issue/file/sheet: refused as a whole)
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta

from dagster_project.simulate.places import Place, Prefecture
from dagster_project.simulate.planted import Behaviour

LETTERS = "甲乙丙丁戊己庚辛壬癸子丑寅卯辰巳午未申酉"
TRADES = ("种植", "养殖", "果蔬", "葡萄", "农机", "奶牛", "肉羊", "蔬菜", "枸杞", "水产")
WORDS = {
    "active": ("存续（在营、开业、在册）", "存续", "在业", "在营（开业）企业", "开业", "正常", "登记成立"),
    "suspended": ("歇业",),
    "ceased": ("停业",),
    "moved_out": ("迁出", "迁移异地"),
    "revoked": ("吊销，未注销", "吊销"),
    "deregistered": ("注销", "已注销"),
    "winding_up": ("清算", "拟注销"),
}
ENDED = ("revoked", "deregistered")
IN_FORCE = ("active", "suspended", "ceased", "unknown")


@dataclass(frozen=True)
class Month:
    first: date

    @property
    def as_of(self) -> date:
        return (self.first + timedelta(days=32)).replace(day=1) - timedelta(days=1)


@dataclass(frozen=True)
class Standing:
    """A status with its dates; `since` = when the register has it."""

    since: date
    status: str
    words: str
    ended_on: date | None = None
    suspended_from: date | None = None
    suspended_until: date | None = None


@dataclass(slots=True)
class Coop:
    """A registered cooperative, union or branch. `county` is the prefecture's seat for 市本级."""

    number: int
    credit_code: str | None
    registration_no: str | None
    name: str
    kind: str
    county: Place
    is_union: bool
    is_branch: bool
    representative: str
    capital: int | None
    capital_text: str | None
    founded_on: date
    approved_on: date
    domicile: str
    business_scope: str
    history: list[Standing]

    @property
    def key(self) -> str:
        return self.credit_code or self.registration_no or ""

    def standing(self, day: date) -> Standing:
        return [state for state in self.history if state.since <= day][-1]


@dataclass(slots=True)
class Farm:
    """A family farm; `updates`: (date, 数据年度, 年经营收入 in 分), ascending."""

    number: int
    county: Place
    township: Place
    village: str
    name: str
    operator: str
    identity: str
    phone: str
    phone_masked: bool
    code: str
    coded_on: date | None
    entered_on: date
    left_on: date | None
    main: str
    areas: tuple[int, int, int, int]  # 耕地 林地 草地 水面, hundredths of 亩
    credit_code: str | None
    level: str | None
    trademark: str | None
    certification: str | None
    updates: list[tuple[date | None, int | None, int]]  # a date of None: the entry says none
    subsidy: tuple[date, int, int] | None = None  # flagged on, year, amount in 分

    def listed(self, day: date) -> bool:
        return self.entered_on <= day and (self.left_on is None or self.left_on > day)

    def state(self, day: date) -> tuple[date | None, int | None, int]:
        return [update for update in self.updates if update[0] is None or update[0] <= day][-1]


@dataclass(slots=True)
class Statement:
    """One cooperative-year. `lines`: 分, None = left blank; lines in `absent` have no column in the sheet."""

    coop: Coop
    year: int
    layout: str
    case: str
    lines: dict[str, int | None]
    absent: tuple[str, ...] = ()
    broken: tuple[str, ...] = ()
    superseded: bool = False


@dataclass(slots=True)
class Account:
    """One member of a cooperative-year, amounts in 分."""

    coop: Coop
    year: int
    member_no: str
    name: str
    identity: str | None
    kind: str
    lifted: bool
    monitored: bool
    joined_on: date | None
    left_on: date | None
    case: str
    contribution: int | None = 0
    reserve_share: int = 0
    subsidy_share: int = 0
    donation_share: int = 0
    trade: int = 0
    returned: int = 0
    residual_distribution: int = 0


@dataclass(slots=True)
class Award:
    """One supported entity (a cooperative or a farm) with the days of its steps; amounts in 分."""

    county: Place
    year: int
    coop: Coop | None
    farm: Farm | None
    support: str
    case: str
    applied_on: date
    recommended_on: date
    reviewed_on: date
    notice_from: date
    notice_until: date
    recognised_on: date | None
    accepted_on: date | None
    paid_on: date | None
    cancelled_on: date | None
    flagged_on: date | None  # in 新农直报 (cooperatives)
    updated_on: date | None
    amount: int
    mode: str
    due: int
    signed: int
    level: str | None
    income: int
    before: int
    led: tuple[int, ...]
    style: int


@dataclass(frozen=True)
class Planted:
    """A cooperative that was put there as a shell or as a look-alike of one."""

    coop: Coop
    behaviour: Behaviour


@dataclass
class World:
    """All facts of one simulation."""

    prefecture: Prefecture
    months: list[Month]
    seed: int
    coops: list[Coop] = field(default_factory=list)
    farms: list[Farm] = field(default_factory=list)
    statements: list[Statement] = field(default_factory=list)
    accounts: list[Account] = field(default_factory=list)
    planted: list[Planted] = field(default_factory=list)
    awards: list[Award] = field(default_factory=list)

    @property
    def end(self) -> date:
        """The end of the last month."""
        return self.months[-1].as_of

    @property
    def late(self) -> Place | None:
        """The county whose registry list of the last month comes one day after the month's end."""
        return self.prefecture.counties[1] if len(self.prefecture.counties) > 1 else None

    @property
    def dumped(self) -> Place:
        """The county that sent no list in the month of the public dump."""
        return self.prefecture.counties[-1]

    @property
    def dump_month(self) -> Month | None:
        return self.months[-2] if len(self.months) > 1 else None

    def registry_date(self, county: Place, month: Month) -> date:
        late = month == self.months[-1] and county is self.late
        return month.as_of + timedelta(days=1 if late else 0)

    def farm_date(self, month: Month) -> date:
        """The last month is exported on the second day after its end, the one before three days early."""
        if month == self.months[-1]:
            return month.as_of + timedelta(days=2)
        return month.as_of - timedelta(days=2 if month == self.dump_month else 0)


def shared_out(counties: tuple[Place, ...], count: int) -> list[Place]:
    """`count` places in the order of the counties, the first ones with somewhat more."""
    weights = [2 * len(counties) - index for index in range(len(counties))]
    ends = [count * sum(weights[: index + 1]) // sum(weights) for index in range(len(weights))]
    return [place for index, place in enumerate(counties) for _ in range(ends[index] - ([0, *ends][index]))]

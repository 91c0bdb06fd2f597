"""A year of a small prefecture as an office lives it: files by the day they come, late, corrected, missing, changed."""

from __future__ import annotations

import csv
import shutil
from dataclasses import dataclass, field
from datetime import date, timedelta

from receive_kit import workbook

from dagster_project.books.books import close_month, restate_month
from dagster_project.house import run_once
from dagster_project.months import month_end
from dagster_project.settings import ROOT, Settings

COUNTIES = {"150302": "海勃湾区", "150304": "乌达区"}
REGISTER = ["统一社会信用代码", "企业名称", "类型", "登记状态", "成立日期", "核准日期", "法定代表人", "区县"]
FARM = ["家庭农场名称", "经营者姓名", "县（旗、区）", "乡镇（苏木）", "最近更新日期"]
REGISTER_CHANGED = [{"成立日期": "创办年月日"}.get(header, header) for header in REGISTER]     # nobody knows it, and it is needed
SCOPES = ["150300"]
LATE, MISSING, HEADER, POLICY, RESTATED = 2, 3, 5, 7, 9      # months, by their number in the year
BY = "测试人甲"
CODES = "0123456789ABCDEFGHJKLMNPQRTUWXY"
WEIGHTS = [1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28]


def credit_code(county: str, number: int) -> str:
    """A code of 合作社 (93) with its check character (GB 32100)."""
    body = f"93{county}MA0N{number:05d}"
    total = sum(CODES.index(sign) * weight for sign, weight in zip(body, WEIGHTS, strict=True))
    return body + CODES[(31 - total % 31) % 31]


@dataclass
class Year:
    """What was dropped into the inbox, and what every closing said."""

    settings: Settings
    received: dict[str, bytes] = field(default_factory=dict)      # name → bytes, everything that ever came
    closed: dict[date, dict] = field(default_factory=dict)
    restated: dict = field(default_factory=dict)

    def drop(self, name: str, rows: list[list]) -> None:
        path = workbook(self.settings.inbox / name, rows)
        self.received[name] = path.read_bytes()

    def registered(self, county: str, month: date, more: int = 0, note: str = "", header: list[str] = REGISTER) -> None:
        """The register of a county at the month's end; it grows by one cooperative a month."""
        end, name = month_end(month), COUNTIES[county]
        rows = [[credit_code(county, n), f"{name}示例{n}农民专业合作社", "农民专业合作社", "存续", f"2019-0{n % 9 + 1}-11",
                 "2023-05-04", f"测试人{n}", name] for n in range(1, 6 + month.month + more)]
        self.drop(f"市场监管/{name}农民专业合作社登记信息{note}_{end:%Y%m%d}.xlsx", [header, *rows])

    def farms(self, month: date) -> None:
        end = month_end(month)
        rows = [[f"示例{n}家庭农场", "示例甲", "海勃湾区", "千里山镇", f"{month.year}-01-0{n % 9 + 1}"] for n in range(8 + month.month)]
        self.drop(f"家庭农场名录/海勃湾区家庭农场名录_{end:%Y%m%d}.xlsx", [FARM, *rows])


def live(settings: Settings, months: int) -> Year:
    """Runs the months one after the other: files of the month, the night's run, the closing on the 8th of the next.

    With fewer than twelve, what would happen later happens in the last month: a restatement of the month before it.
    """
    year = Year(settings)
    firsts = [date(2024, number, 1) for number in range(1, months + 1)]
    for month in firsts:
        deliver(year, month)
        if month.month == POLICY:
            change_policy(settings)
        after = month_end(month)
        run_once(settings, month=f"{month:%Y-%m}", today=f"{after + timedelta(5)}", scopes=SCOPES)
        year.closed[month] = close_month(settings, month, BY, after + timedelta(8))
        if month.month == min(RESTATED, months):
            wrong = date(2024, 6, 1) if months >= RESTATED else firsts[-2]
            year.registered("150304", wrong, more=3, note="（补报）")
            year.restated = restate_month(settings, wrong, BY, "乌达区补报三家合作社", after + timedelta(9))
    return year


def deliver(year: Year, month: date) -> None:
    """What comes for a month. 乌达区 is late once, missing once; 海勃湾区 has another header once and mends it a month later."""
    year.registered("150302", month, header=REGISTER_CHANGED if month.month == HEADER else REGISTER)
    if month.month == LATE + 1:
        year.registered("150304", month.replace(month=LATE))     # the closed month's, a month late
    if month.month not in (LATE, MISSING):
        year.registered("150304", month)
    if month.month == HEADER + 1:
        year.registered("150302", month.replace(month=HEADER), note="（更正）")
    year.farms(month)


def change_policy(settings: Settings) -> None:
    """A checkout with another target from this month on, as a row with its dates: a restated older month keeps the old one."""
    shutil.copytree(ROOT / "dbt", settings.home / "project")
    path = settings.home / "project" / "seeds" / "policy" / "policy_value.csv"
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert sum(row["id"] == "update_recent_months" for row in rows) == 1
    old = next(row for row in rows if row["id"] == "update_recent_months")
    rows.append({**old, "value": "1", "effective_from": f"2024-{POLICY:02d}-01"})
    old["effective_to"] = f"{date(2024, POLICY, 1) - timedelta(1)}"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)

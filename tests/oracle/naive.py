"""Coverage (spec 2.2) and surplus return (spec 2.3) recomputed with plain Python from the simulator's truth file.

Nothing here is imported from the code under test. Decimals throughout; loops on purpose.
"""

from __future__ import annotations

from calendar import monthrange
from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

CENT = Decimal("0.01")
Row = dict[str, Any]


def table(truth: Row, name: str) -> Iterator[Row]:
    part = truth[name]
    for values in part["rows"]:
        yield dict(zip(part["columns"], values, strict=True))


def day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def money(text: str | None) -> Decimal | None:
    return None if text is None or text == "" else Decimal(text)


def ratio(numerator: Decimal | int, denominator: Decimal | int) -> Decimal:
    """Six decimals, half up (四舍五入, away from zero)."""
    return (Decimal(numerator) / Decimal(denominator)).quantize(Decimal("0.000001"), ROUND_HALF_UP)


def months_before(day_: date, months: int) -> date:
    index = day_.year * 12 + day_.month - 1 - months
    year, month = divmod(index, 12)
    return date(year, month + 1, min(day_.day, monthrange(year, month + 1)[1]))


def coverage(truth: Row, month: str) -> dict[tuple[str, str, str], Row]:
    """(region_code, region_level, measure_id) → numerator, denominator, value, unknown, status, target."""
    year, number = int(month[:4]), int(month[5:7])
    as_of = date(year, number, monthrange(year, number)[1])
    county_of = {farm["farm"]: farm["county_code"] for farm in table(truth, "farms")}
    sums: dict[tuple[str, str, str], list[int]] = defaultdict(lambda: [0, 0, 0])
    for farm in table(truth, "farm_months"):
        if not farm["month"].startswith(month):
            continue
        county = county_of[farm["farm"]]
        data_year, updated = farm["data_year"], day(farm["updated_on"])
        silent = data_year is None and updated is None
        fulfilled = {
            "farm_code_rate": farm["code"] is not None,
            "farm_update_rate": (data_year >= year - 1) if data_year is not None
            else updated is not None and updated >= months_before(as_of, 12),
            "farm_stale_2y": not silent
            and not (data_year is not None and data_year >= year - 2)
            and not (updated is not None and updated >= months_before(as_of, 24)),
        }
        unknown = {"farm_code_rate": False, "farm_update_rate": silent, "farm_stale_2y": silent}
        for region in ((county, "county"), (county[:4] + "00", "prefecture"), (county[:2] + "0000", "province"),
                       ("000000", "nation")):
            for measure, yes in fulfilled.items():
                total = sums[(*region, measure)]
                total[0] += yes
                total[1] += 1
                total[2] += unknown[measure]
    out = {}
    for (code, level, measure), (numerator, denominator, unknown_count) in sums.items():
        # 002 附件6: 赋码率 80 %, in force for 乌海 (150300) and its counties; the others have no target.
        target = Decimal("0.8") if measure == "farm_code_rate" and code.startswith("1503") else None
        reached = None if target is None else numerator * 100 >= 80 * denominator
        out[code, level, measure] = {
            "numerator": numerator, "denominator": denominator, "value": ratio(numerator, denominator),
            "unknown": unknown_count, "target": target, "meets_target": reached,
            "status": "无目标" if reached is None else "达标" if reached else "未达标",
        }
    return out


def filled_sum(plus: list[Decimal | None], minus: list[Decimal | None]) -> Decimal | None:
    """Blank addends count as 0, but a sum of blanks alone is no sum."""
    if all(value is None for value in plus + minus):
        return None
    return sum((v for v in plus if v is not None), Decimal(0)) - sum((v for v in minus if v is not None), Decimal(0))


def statement_checks(s: Row, last_year: Row | None) -> list[tuple[str, Decimal, Decimal]]:
    """Failed checks of one statement: (id, expected, found). `s` has Decimals, None for blank, and `absent`."""
    old, absent, failed = s["layout"] == "2007", set(s["absent"]), []

    def make(check: str, line: str, expected: Decimal | None, needed: list[str]) -> None:
        if expected is None or s[line] is None or absent & {line, *needed}:
            return
        if abs(s[line] - expected) > CENT:
            failed.append((check, expected, s[line]))

    surplus_parts = ["operating_income", "investment_income", "operating_expense", "administrative_expense"]
    new_costs = ["taxes_and_surcharges", "financial_expense"]
    s1 = filled_sum([s["operating_income"], s["investment_income"]],
                    [s["operating_expense"], s["administrative_expense"], *(s[n] for n in new_costs)])
    make("S1", "operating_surplus", s1, surplus_parts + ([] if old else new_costs))
    operating = s["operating_surplus"] if s["operating_surplus"] is not None else s1
    s2 = None if operating is None else filled_sum([operating, s["other_income"]], [s["other_expense"]])
    make("S2", "total_surplus", s2, ["other_income", "other_expense"])
    if old:
        s3 = s2
        make("S3", "current_surplus", s3, ["other_income", "other_expense"])
    else:
        total = s["total_surplus"] if s["total_surplus"] is not None else s2
        s3 = None if total is None else filled_sum([total], [s["income_tax"]])
        make("S3", "current_surplus", s3, ["income_tax"])
    # A blank 本年盈余 or 盈余返还 is unknown, never 0, so no check rests on one.
    current, returned = s["current_surplus"], s["returned"]
    base = ["opening_undistributed", "other_transfers_in"]
    taken = [] if old else [s["reserve_appropriation"]]
    s4 = None if current is None else filled_sum([current, *(s[n] for n in base)], taken)
    make("S4", "distributable_surplus", s4, ["current_surplus", *base, *([] if old else ["reserve_appropriation"])])
    distributable = s["distributable_surplus"] if s["distributable_surplus"] is not None else s4
    last = s["reserve_appropriation"] if old else s["converted_to_capital"]
    s5 = None if distributable is None or returned is None else filled_sum(
        [distributable], [returned, s["residual_distribution"], last])
    make("S5", "closing_undistributed", s5,
         ["returned", "residual_distribution", "reserve_appropriation" if old else "converted_to_capital"])
    if last_year is not None and last_year["closing_undistributed"] is not None:
        make("S6", "opening_undistributed", last_year["closing_undistributed"], [])
    if s["total_liabilities"] is not None and s["total_equity"] is not None:
        make("S7", "total_assets", s["total_liabilities"] + s["total_equity"], [])
    return failed


def statements(truth: Row) -> dict[tuple[str, int], Row]:
    out = {}
    for row in table(truth, "statements"):
        if not row.get("superseded"):
            lines = {k: money(v) for k, v in row.items() if k not in STATEMENT_FACTS}
            out[row["credit_code"], int(row["fiscal_year"])] = {**row, **lines}
    return out


STATEMENT_FACTS = ("credit_code", "fiscal_year", "name", "layout", "case", "absent", "broken", "superseded", "file",
                   "sheet", "row", "coop", "key", "county_code", "delivered_on", "carried")


def surplus_return(truth: Row, month: str, in_force: set[str] | None = None,
                   ) -> tuple[dict[tuple[str, int], Row], dict[tuple[str, int, str], tuple]]:
    """(credit_code, fiscal_year) → the columns of spec 2.3; and the failed checks by (code, year, id). `in_force`: the
    cooperatives of the month, where the truth file ends before it."""
    year, number = int(month[:4]), int(month[5:7])
    as_of = date(year, number, monthrange(year, number)[1])
    fiscal_year = max(y for y in range(year - 3, year + 1) if date(y, 12, 31) <= months_before(as_of, 3))
    coops = {coop["key"]: coop for coop in table(truth, "cooperatives")}
    if in_force is None:
        in_force = {r["key"] for r in table(truth, "registrations") if r["month"].startswith(month) and r["in_force"]}
    papers = statements(truth)
    accounts: dict[tuple[str, int], list[Row]] = defaultdict(list)
    for row in table(truth, "member_accounts"):
        if not row.get("superseded"):
            accounts[row["credit_code"], int(row["fiscal_year"])].append(row)

    wanted = {(code, fiscal_year) for code in in_force} | set(papers)
    wanted = {(code, fy) for code, fy in wanted
              if not (code in coops and coops[code]["founded_on"] and day(coops[code]["founded_on"]) > date(fy, 12, 31))}
    head = {key: members_of(accounts[key], key[1]) for key in wanted if accounts.get(key)}
    mean: dict[tuple[str, int], list[int]] = defaultdict(list)
    for (code, fy), rows in accounts.items():
        if code in in_force and not coops[code]["is_union"]:
            mean[coops[code]["county_code"], fy].append(len(members_of(rows, fy)))

    out, failed = {}, {}
    for code, fy in sorted(wanted):
        coop, paper, rows = coops.get(code), papers.get((code, fy)), accounts.get((code, fy), [])
        union = bool(coop and coop["is_union"])
        checks = statement_checks(paper, papers.get((code, fy - 1))) if paper else []
        for check, expected, found in checks:
            failed[code, fy, check] = (expected, found, found - expected)
        row = {"layout": paper["layout"] if paper else None, **bases(paper, union, checks)}
        row |= composition(head.get((code, fy)), union, mean.get((coop["county_code"], fy), []) if coop else [])
        row |= account_sums(rows, paper)
        row["failed_checks"] = len(checks) if paper else None
        row["county_code"] = coop["county_code"] if coop else None
        out[code, fy] = row
    return out, failed


def members_of(rows: list[Row], fiscal_year: int) -> list[Row]:
    """Members of the coop-year (spec 2.1)."""
    end = date(fiscal_year, 12, 31)
    return [r for r in rows
            if (day(r["joined_on"]) is None or day(r["joined_on"]) <= end)
            and not (day(r["left_on"]) is not None and day(r["left_on"]) <= end)]


def bases(paper: Row | None, union: bool, checks: list) -> Row:
    empty = {"statutory_base": None, "book_base": None, "returned": None, "return_ratio_statutory": None,
             "return_ratio_book": None, "bases_agree": None, "return_status": "不适用-联合社" if union else "数据缺失"}
    if paper is None:
        return empty
    absent = set(paper["absent"])
    current, returned = paper["current_surplus"], paper["returned"]
    out = {**empty, "returned": returned}
    if current is None or absent & {"opening_undistributed", "reserve_appropriation"}:
        return out
    opening = paper["opening_undistributed"] or Decimal(0)
    transfers = paper["other_transfers_in"] or Decimal(0)
    reserve = paper["reserve_appropriation"] or Decimal(0)
    covered = min(max(Decimal(0), -(opening + transfers)), max(Decimal(0), current))
    statutory = max(Decimal(0), current - covered - reserve)
    book = current + opening + transfers - reserve
    out |= {"statutory_base": statutory, "book_base": book}
    if returned is None:
        return out
    if statutory > 0:
        out["return_ratio_statutory"] = ratio(returned, statutory)
    if book > 0:
        out["return_ratio_book"] = ratio(returned, book)
    if union:
        return out
    if any(check != "S7" for check, _, _ in checks):
        out["return_status"] = "勾稽不符"
    elif statutory == 0:
        out["return_status"] = "无可分配盈余"
    else:
        enough = returned * 100 >= 60 * statutory
        out["return_status"] = "达标" if enough else "未达标"
        out["bases_agree"] = book > 0 and (returned * 100 >= 60 * book) == enough
    return out


def composition(members: list[Row] | None, union: bool, county: list[int]) -> Row:
    if members is None:
        return {"members": None, "farmer_members": None, "unit_members": None, "above_county_mean": None}
    kinds = [m["member_kind"] for m in members]
    units = ("企业", "事业单位", "社会组织") if union else ("企业", "事业单位", "社会组织", "合作社")
    return {
        "members": len(members), "farmer_members": kinds.count("农民"),
        "unit_members": sum(kind in units for kind in kinds),
        "above_county_mean": None if union or not county else len(members) * len(county) > sum(county),
    }


def account_sums(rows: list[Row], paper: Row | None) -> Row:
    """Sums over all accounts of the year, leavers included (rulings 6.2.1)."""
    returned = [money(r["returned"]) for r in rows]
    trade = [money(r["trade"]) for r in rows]
    out: Row = {"accounts": len(rows) or None, "returned_in_accounts": None, "accounts_match": None,
                "proportional": None}
    if not rows or None in returned:
        return out
    total, traded = sum(returned, Decimal(0)), sum((t for t in trade if t is not None), Decimal(0))
    out["returned_in_accounts"] = total
    if paper and paper["returned"] is not None:
        out["accounts_match"] = abs(total - paper["returned"]) <= 1
    if total > 0 and None not in trade:
        # sum |r_i - R t_i / T| / R <= 1 %, multiplied out by R T
        off = sum(abs(r * traded - total * t) for r, t in zip(returned, trade, strict=True))
        out["proportional"] = traded > 0 and off * 100 <= total * traded
    return out


def table_or_list(truth: Row, name: str) -> list[Row]:
    """A part of the truth file that is a plain list of objects, or a table."""
    part = truth[name]
    return part if isinstance(part, list) else list(table(truth, name))

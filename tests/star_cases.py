"""Cooperatives whose star rating was worked out by hand: typed rows, and the other tables they rest on."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from dbt_lake import Lake, account, coop, statement

JULY = date(2024, 7, 25)
COUNTY, FAR = "150302", "150304"
FULL, MID, LOW, UNION, SHELL, LISTED, SERIOUS, UNSEEN, OFFICIAL, EDGE, STALE, REVOKED, FINANCE = (
    f"93150302MA0{name:X<7}" for name in ("FULL", "M1D", "L0W", "UN10N", "SHELL", "L1STED", "SER10US", "UNSEEN",
                                          "0FF1C", "EDGE", "STALE", "REV0KED", "F1NANCE"))

YES = {name: True for name in (
    "land_contract_sound", "has_accountant", "books_complete", "has_charter", "boards_work", "one_member_one_vote",
    "financial_rules", "affairs_disclosed", "standardised_production", "quality_rules", "traceable",
    "conformity_certificate", "trademark", "green_certified")}
SOUND = {**YES, "accident": False, "penalised": False, "illegal_finance": False, "assemblies": 1,
         "small_households_led": 12, "lifted_households_led": 0, "conclusion": "正常"}


def inspected(code: str, day: date, **values: object) -> dict:
    return {"credit_code": code, "inspected_on": day, "conclusion": "正常", "county_code": COUNTY, "scope": COUNTY,
            "entity_key": f"{code}|{day}", "event_date": day, **values}


def report(code: str, published: date | None, **values: object) -> dict:
    return {"credit_code": code, "report_year": 2023, "published_on": published, "county_code": COUNTY, "scope": COUNTY,
            "entity_key": f"{code}|2023", "event_date": published, **values}


def listed(code: str, day: date, **values: object) -> dict:
    return {"credit_code": code, "reason": "未按期年报", "listed_on": day, "county_code": COUNTY, "scope": COUNTY,
            "entity_key": f"{code}|{day}|未按期年报", "event_date": day, **values}


def violating(code: str, day: date, **values: object) -> dict:
    return {"credit_code": code, "listed_on": day, "county_code": COUNTY, "scope": COUNTY, "entity_key": f"{code}|{day}",
            "event_date": day, **values}


def titled(code: str | None, name: str, level: str, **values: object) -> dict:
    return {"title": "示范社", "entity_type": "农民合作社", "name": name, "credit_code": code, "level": level,
            "recognised_on": date(2020, 1, 1), "county_code": COUNTY, "scope": f"{COUNTY}|农民合作社|{level}",
            "entity_key": f"农民合作社|{COUNTY}|{code or name}|{level}|示范社", **values}


def rated(code: str, year: int, stars: str, day: date) -> dict:
    return {"year": year, "credit_code": code, "stars": stars, "rated_on": day, "rated_by": "市供销社",
            "county_code": COUNTY, "scope": f"{COUNTY}|{year}", "entity_key": f"{year}|{code}", "event_date": day}


def deliver(lake: Lake) -> None:
    """July 2024: fiscal year 2023, report year due 2023 (until 30 June 2024)."""
    lake.deliver("gsxt.registration", JULY, [
        *(coop(code, COUNTY, name=f"{code[11:].strip('X')}农民专业合作社") for code in (FULL, MID, LOW, SHELL, LISTED, SERIOUS, UNSEEN, OFFICIAL, EDGE, STALE, FINANCE)),
        coop(REVOKED, COUNTY, status="revoked", status_raw="吊销", ended_on=date(2024, 3, 1)),
    ])
    lake.deliver("gsxt.registration", JULY, [coop(UNION, FAR, name="乌达联合社", founded_on=date(2024, 3, 1))])
    lake.deliver("coop_finance.statement", date(2024, 4, 1), [
        statement(FULL, COUNTY, 2023, operating_income=Decimal("100000.00"), current_surplus=Decimal("100000.00"),
                  returned=Decimal("60000.00")),
        statement(LOW, COUNTY, 2023, operating_income=Decimal("50000.00"), current_surplus=Decimal("50000.00"),
                  returned=Decimal("29999.99")),
    ], file_name="报表/2023.xlsx")
    lake.deliver("coop_finance.member_account", date(2024, 4, 1), [
        *(account(FULL, COUNTY, 2023, n) for n in range(6)), *(account(MID, COUNTY, 2023, n) for n in range(5))])
    lake.deliver("gsxt.annual_report", JULY, [
        report(FULL, date(2024, 6, 30), members=6),
        report(MID, date(2024, 7, 1), members=6, revenue=Decimal("200000.00"), revenue_is_public=True),
        report(SHELL, None),
    ], file_name="年报/2023.xlsx")
    lake.deliver("inspection.coop", JULY, [
        inspected(FULL, date(2023, 5, 1), **{**SOUND, "has_charter": False}),
        inspected(FULL, date(2024, 5, 10), **SOUND),
        # exactly 24 months before 2024-07-31; one day older does not count
        inspected(LOW, date(2022, 7, 31), **{
            **SOUND, "traceable": None, "penalised": None, "small_households_led": 0, "lifted_households_led": None,
            "affairs_disclosed": False, "financial_rules": None, "assemblies": 0}),
        inspected(MID, date(2022, 7, 30), **SOUND),
        inspected(SHELL, date(2024, 6, 1), conclusion="空壳社"),
        inspected(FINANCE, date(2024, 6, 1), **{**SOUND, "illegal_finance": True}),
    ], file_name="排查/2024.xlsx")
    lake.deliver("programme.service_client", JULY, [{
        "contract_no": "HT1", "entity_type": "农民合作社", "name": "二社", "credit_code": MID, "proxy_bookkeeping": True,
        "county_code": COUNTY, "scope": f"{COUNTY}|HT1", "entity_key": f"HT1|{MID}"}], file_name="服务/2024.xlsx")
    # 未见于最新名录: an older full list showed it, the newest does not
    lake.deliver("gsxt.abnormal_listing", date(2024, 6, 25), [listed(UNSEEN, date(2021, 7, 9)), listed(MID, date(2022, 7, 9), removed_on=date(2024, 1, 1))])
    lake.deliver("gsxt.abnormal_listing", JULY, [
        listed(MID, date(2022, 7, 9), removed_on=date(2024, 1, 1)),
        listed(EDGE, date(2022, 7, 9), removed_on=date(2023, 12, 31)),
        listed(LISTED, date(2024, 7, 9)), listed(OFFICIAL, date(2024, 7, 9)),
    ], file_name="异常/202407.xlsx")
    lake.deliver("gsxt.serious_violation", JULY, [violating(SERIOUS, date(2024, 2, 1)),
                                                  violating(EDGE, date(2020, 2, 1), removed_on=date(2024, 7, 31))])
    lake.deliver("demonstration.roster", JULY, [
        titled(FULL, "一社", "旗县（区）级"), titled(None, "海勃湾区L0W专业合作社", "旗县（区）级"),
        titled(MID, "二社", "旗县（区）级", withdrawn_on=date(2024, 7, 31))])
    lake.deliver("demonstration.roster", JULY, [titled(FULL, "一社", "国家级")])
    lake.deliver("supply_coop.star_result", date(2023, 1, 5), [rated(OFFICIAL, 2022, "三星", date(2022, 12, 1)),
                                                              rated(EDGE, 2022, "未达", date(2022, 7, 31)),
                                                              rated(STALE, 2022, "五星", date(2022, 7, 30))])
    lake.deliver("supply_coop.star_result", date(2024, 1, 5), [rated(OFFICIAL, 2023, "四星", date(2023, 12, 1)),
                                                              rated(FINANCE, 2023, "不予评定", date(2023, 12, 1))],
                 file_name="星级/2023.xlsx")
    lake.deliver("supply_coop.star_result", date(2024, 8, 20), [rated(OFFICIAL, 2024, "五星", date(2024, 8, 15))])


def rows_that_count(lake: Lake) -> tuple[dict[str, list[dict]], dict[str, dict[str, date]]]:
    """The as-of rows by table id (and surplus_return), and the full deliveries by table and county: what an oracle reads."""
    from contextlib import closing

    import duckdb

    rows: dict[str, list[dict]] = {}
    with closing(duckdb.connect(str(lake.settings.build_file), read_only=True)) as con:
        for table in ("gsxt.registration", "gsxt.annual_report", "gsxt.abnormal_listing", "gsxt.serious_violation",
                      "coop_finance.statement", "direct_report.entity", "inspection.coop", "programme.service_client",
                      "demonstration.roster", "supply_coop.star_result", "advisor.directory", "advisor.visit",
                      "advisor.directory_left", "advisor.evaluation", "farm_directory.farm", "surplus_return"):
            name = table if "." not in table else "asof_" + table.replace(".", "__")
            found = con.execute(f"select * from {name}")
            columns = [column[0] for column in found.description]
            rows[table] = [dict(zip(columns, line, strict=True)) for line in found.fetchall()]
        delivered: dict[str, dict[str, date]] = {}
        for table, county, day in con.execute(
                "select table_id, county_code, max(delivered_on) from delivery "
                "where state not in ('未收到', '疑似不完整') group by all").fetchall():
            delivered.setdefault(table, {})[county] = day
    return rows, delivered

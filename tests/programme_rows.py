"""Typed rows of the programme's tables for tests: an award that passes everything, to be spoiled value by value."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

AWARD, TASK, CONTRACT = "programme.award", "programme.district_task", "programme.service_contract"
CLIENT, SCORECARD, QUOTA = "programme.service_client", "programme.scorecard", "programme.quota"
DIRECT, FARM, REGISTER = "direct_report.entity", "farm_directory.farm", "gsxt.registration"
ABNORMAL, SERIOUS, INSPECTION = "gsxt.abnormal_listing", "gsxt.serious_violation", "inspection.coop"
COOP, FAMILY_FARM = "农民合作社", "家庭农场"


def award(name: str, county: str = "150302", kind: str = COOP, code: str | None = None, **values: object) -> dict:
    """Recognised 2024-09-20, accepted 2024-11-01, paid 2024-11-15; notice of 9 working days before."""
    year, support = values.get("year", 2024), values.get("support", "奖励补助")
    coop = kind == COOP
    return {
        "support": support,
        "year": year,
        "entity_type": kind,
        "name": name,
        "credit_code": code if coop else None,
        "farm_code": None if coop else code,
        "state": "拨付",
        "amount": Decimal("30000.00"),
        "recommended_on": date(2024, 8, 20),
        "notice_from": date(2024, 9, 2),
        "notice_until": date(2024, 9, 12),
        "objection": False,
        "recognised_on": date(2024, 9, 20),
        "accepted_on": date(2024, 11, 1),
        "acceptance_conclusion": "合格",
        "paid_on": date(2024, 11, 15),
        "payment_mode": "转账" if coop else "一卡通",
        "signatures_due": 6 if coop else None,
        "signatures": 4 if coop else None,
        "quantified": True if coop else None,
        "county_code": county,
        "scope": f"{county}|{year}|{kind}",
        "entity_key": f"{year}|{county}|{kind}|{code or name}|{support}",
        **values,
    }


def direct(code: str | None, name: str, county: str = "150302", **values: object) -> dict:
    """A cooperative in 新农直报, updated and marked in October 2024."""
    return {
        "entity_type": COOP,
        "name": name,
        "credit_code": code,
        "updated_on": date(2024, 10, 5),
        "subsidy_flag": True,
        "subsidy_year": 2024,
        "county_code": county,
        "scope": f"{county}|{COOP}",
        "entity_key": f"{COOP}|{code or name}",
        **values,
    }


def listing(code: str, listed_on: date, county: str = "150302", **values: object) -> dict:
    """An entry of one of the two lists."""
    return {
        "credit_code": code,
        "name": code,
        "listed_on": listed_on,
        "county_code": county,
        "scope": county,
        "entity_key": f"{code}|{listed_on}",
        "event_date": listed_on,
        **values,
    }


def inspection(code: str, inspected_on: date, county: str = "150302", **values: object) -> dict:
    """An inspection without findings."""
    return {
        "credit_code": code,
        "name": code,
        "inspected_on": inspected_on,
        "conclusion": "正常",
        "illegal_finance": False,
        "county_code": county,
        "scope": county,
        "entity_key": f"{code}|{inspected_on}",
        "event_date": inspected_on,
        **values,
    }


def task(county: str, year: int = 2024, **values: object) -> dict:
    """A district whose every step was taken in time."""
    return {
        "year": year,
        "reward_plan_filed_on": date(2024, 8, 5),
        "centre_plan_filed_on": date(2024, 8, 1),
        "platform_uploaded_on": date(2024, 8, 31),
        "midterm_on": date(2024, 9, 10),
        "accepted_on": date(2024, 11, 20),
        "self_evaluation_on": date(2024, 11, 25),
        "summary_on": date(2024, 11, 29),
        "funds_allotted": Decimal("150000.00"),
        "funds_arrived": Decimal("150000.00"),
        "funds_paid": Decimal("150000.00"),
        "county_code": county,
        "scope": f"{county}|{year}",
        "entity_key": f"{year}|{county}",
        **values,
    }


def quota(county: str, coops: int, farms: int, year: int = 2024) -> dict:
    return {
        "year": year, "county_name": county, "coops": coops, "farms": farms, "county_code": county,
        "scope": f"150300|{year}", "entity_key": f"{year}|{county}",
    }


def contract(number: str, county: str, **values: object) -> dict:
    """Three years to the day, 5万 exactly."""
    return {
        "contract_no": number,
        "provider": "服务中心",
        "service_area": county,
        "starts_on": date(2024, 8, 1),
        "ends_on": date(2027, 7, 31),
        "amount": Decimal("50000.00"),
        "county_code": county,
        "scope": county,
        "entity_key": number,
        **values,
    }


def client(number: str, name: str, county: str, kind: str = COOP, code: str | None = None, **values: object) -> dict:
    return {
        "contract_no": number, "entity_type": kind, "name": name,
        "credit_code": code if kind == COOP else None, "farm_code": None if kind == COOP else code,
        "county_code": county, "scope": f"{county}|{number}", "entity_key": f"{number}|{code or name}", **values,
    }


def score(county: str, form: str, item: int, points: str, year: int = 2024) -> dict:
    return {
        "year": year, "form": form, "item": item, "score": Decimal(points), "county_code": county,
        "scope": f"{county}|{year}|{form}", "entity_key": f"{year}|{county}|{form}|{item}",
    }

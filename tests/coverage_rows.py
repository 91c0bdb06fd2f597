"""Typed rows of the tables that coverage, villages and reconciliation read; what a test leaves out is ordinary."""

from __future__ import annotations

from datetime import date
from decimal import Decimal


def code(county: str, number: int) -> str:
    """A credit code of class 93."""
    return f"93{county}{number:010d}"


def report(who: str, county: str, year: int, published: date | None) -> dict:
    return {"credit_code": who, "report_year": year, "published_on": published, "event_date": published,
            "county_code": county, "scope": county, "entity_key": f"{who}|{year}"}


def listing(who: str, county: str, listed: date, removed: date | None = None, removal: str | None = None) -> dict:
    return {"credit_code": who, "reason": "未按期年报", "listed_on": listed, "event_date": listed, "removed_on": removed,
            "removal_reason": removal, "county_code": county, "scope": county, "entity_key": f"{who}|{listed}|未按期年报"}


def visit(county: str, served: date, name: str, who: str | None = None, *, farm: str | None = None, mode: str = "上门",
          kind: str = "农民合作社") -> dict:
    return {"certificate_no": "FDY1", "advisor_name": "样例某", "served_on": served, "event_date": served, "mode": mode,
            "entity_type": "家庭农场" if farm else kind, "entity_name": name, "credit_code": who, "farm_code": farm,
            "county_code": county, "scope": county, "entity_key": f"FDY1|{served}|{name}|{mode}"}


def direct(county: str, name: str, updated: date | None, who: str | None = None, *, farm: str | None = None,
           kind: str = "农民合作社", **values: object) -> dict:
    kind = "家庭农场" if farm else kind
    return {"entity_type": kind, "name": name, "credit_code": who, "farm_code": farm, "updated_on": updated,
            "county_code": county, "scope": f"{county}|{kind}",
            "entity_key": f"{kind}|{who or farm or f'{name}|{county}'}", **values}


def award(county: str, name: str, recognised: date | None, who: str | None = None, *, farm: str | None = None,
          state: str = "认定", year: int = 2024, support: str = "奖励补助", kind: str = "农民合作社",
          **values: object) -> dict:
    kind = "家庭农场" if farm else kind
    return {"support": support, "year": year, "entity_type": kind, "name": name, "credit_code": who, "farm_code": farm,
            "recognised_on": recognised, "state": state, "county_code": county, "scope": f"{county}|{year}|{kind}",
            "entity_key": f"{year}|{county}|{kind}|{who or farm or name}|{support}", **values}


def contract(county: str, number: str, starts: date, ends: date) -> dict:
    return {"contract_no": number, "provider": "样例服务中心", "service_area": "全区", "starts_on": starts, "ends_on": ends,
            "amount": Decimal(50000), "county_code": county, "scope": county, "entity_key": number}


def client(county: str, number: str, name: str, who: str | None = None, *, farm: str | None = None,
           sound: bool | None = None, proxy: bool | None = None) -> dict:
    return {"contract_no": number, "entity_type": "家庭农场" if farm else "农民合作社", "name": name, "credit_code": who,
            "farm_code": farm, "accounts_sound": sound, "proxy_bookkeeping": proxy, "county_code": county,
            "scope": f"{county}|{number}", "entity_key": f"{number}|{who or farm or name}"}


def usage(county: str, farm: str, month: date, income: int | None = 1) -> dict:
    return {"farm_code": farm, "month": month, "event_date": month, "income_records": income, "county_code": county,
            "scope": county, "entity_key": f"{farm}|{month}"}


def task(county: str, year: int, allotted: str | None, arrived: str | None, paid: str | None) -> dict:
    def money(text: str | None) -> Decimal | None:
        return None if text is None else Decimal(text)

    return {"year": year, "funds_allotted": money(allotted), "funds_arrived": money(arrived), "funds_paid": money(paid),
            "county_code": county, "scope": f"{county}|{year}", "entity_key": f"{year}|{county}"}


def roster(county: str, name: str, level: str, recognised: date, who: str | None = None, *, farm: str | None = None,
           title: str = "示范社", **values: object) -> dict:
    kind = "家庭农场" if farm else "农民合作社"
    return {"title": "示范场" if farm else title, "entity_type": kind, "name": name, "credit_code": who, "farm_code": farm,
            "level": level, "recognised_on": recognised, "county_code": county, "scope": f"{county}|{kind}|{level}",
            "entity_key": f"{kind}|{county}|{who or farm or name}|{level}|{title}", **values}


def affiliate(county: str, who: str, *, mode: str | None = "无", member: bool | None = None, **values: object) -> dict:
    return {"credit_code": who, "name": f"{who[-4:]}农民专业合作社", "mode": mode, "is_member": member,
            "county_code": county, "scope": county, "entity_key": who, **values}


def inspection(county: str, who: str, inspected: date) -> dict:
    return {"credit_code": who, "inspected_on": inspected, "event_date": inspected, "conclusion": "正常",
            "county_code": county, "scope": county, "entity_key": f"{who}|{inspected}"}


def village(county: str, name: str, month: date, **values: object) -> dict:
    return {"month": month, "event_date": month, "township_name": "样例镇", "village_name": name, "households": 100,
            "households_joined": 50, "county_code": county, "scope": county,
            "entity_key": f"{month}|{county}|样例镇|{name}", **values}


def link(left_system: str, left: str, right_system: str, right: str, decision: str, decided: date) -> dict:
    return {"left_system": left_system, "left_key": left, "right_system": right_system, "right_key": right,
            "decision": decision, "decided_by": "样例某", "decided_on": decided, "event_date": decided, "scope": None,
            "entity_key": f"{left_system}|{left}|{right_system}|{right}"}

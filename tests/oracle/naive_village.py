"""Villages (spec 2.8) from typed rows with loops: the reports of the month, who is missing, and the rates of a county."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from typing import Any

from oracle.typed_rows import Month

Row = dict[str, Any]
FUND = {"1506": Decimal(200000)}   # 003 Art 11


def village_month(month: Month) -> dict[tuple[str, str, str], Row]:
    """(banner, township, village) → the published figures."""
    year_ago = date(month.year - 1, month.first.month, 1)
    newest: dict[tuple[str, str, str], Row] = {}
    for row in month.events("village.monthly"):
        where = (row["county_code"], row["township_name"] or "", row["village_name"])
        if year_ago < row["month"] <= month.first and (where not in newest or row["month"] > newest[where]["month"]):
            newest[where] = row
    out = {}
    for where, row in newest.items():
        reported = row["month"] == month.first
        due = FUND.get(row["county_code"][:4]) if row["is_poor_village"] else None

        def said(value: object, reported: bool = reported) -> object:
            return value if reported else None

        out[where] = {
            "poor_village": row["is_poor_village"], "reported": reported,
            "enterprises": said(names(row["enterprise"])), "organisations": said(names(row["organisation"])),
            "households": said(row["households"]), "joined": said(row["households_joined"]),
            "poor": said(row["poor_households"]), "linked": said(row["poor_households_linked"]),
            "dividends": said(row["dividends"]), "collective_income": said(row["collective_income"]),
            "fund_arrived": said(row["fund_arrived"]), "fund_due": due,
            "fund_reached": None if due is None or said(row["fund_arrived"]) is None else row["fund_arrived"] >= due,
            "insured_due": said(row["insured_due"]), "insured": said(row["insured"]), "trained": said(row["trained"]),
        }
    return out


def names(cell: str | None) -> int:
    return 0 if cell in (None, "无") else len(re.split("[、，,；;]", cell))


def rates(month: Month) -> dict[tuple[str, str], tuple]:
    """(county, measure) → (numerator, denominator, unknown, entities)."""
    out = {}
    reports = village_month(month)
    for county in {where[0] for where in reports}:
        rows = [row for where, row in reports.items() if where[0] == county and row["reported"]]
        if not rows:
            continue
        modelled = [row for row in rows if row["enterprises"] and row["organisations"]]
        out[county, "village_model_rate"] = (len(modelled), len(rows), 0, len(rows))
        keys = [row for row in rows if row["poor_village"]]
        out[county, "village_model_rate_key"] = (sum(row["poor_village"] is True for row in modelled), len(keys), 0, len(keys))
        for measure, part, whole in (("insurance_rate", "insured", "insured_due"),
                                     ("poor_household_link_rate", "linked", "poor")):
            counted = [row for row in rows if row[whole] is not None]
            out[county, measure] = (sum(row[part] or 0 for row in counted), sum(row[whole] for row in counted),
                                    sum(row[part] is None or row[whole] is None for row in rows), len(rows))
        out[county, "insurance_village_rate"] = (sum((row["insured"] or 0) > 0 for row in rows), len(rows),
                                                 sum(row["insured"] is None for row in rows), len(rows))
    return out

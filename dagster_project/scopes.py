"""The scopes of a run: region codes whose forms are rendered."""

from __future__ import annotations

import csv
from collections.abc import Iterable

from dagster_project.months import WrongUse
from dagster_project.receive.regions import SEEDS

NATION = "000000"


def check_scopes(codes: Iterable[str]) -> None:
    """Raises WrongUse for a code that is no county, prefecture, province or the nation today."""
    codes = set(codes) - {NATION}
    if not codes:
        return
    with (SEEDS / "admin_division.csv").open(encoding="utf-8", newline="") as lines:
        known = {row["code"] for row in csv.DictReader(lines) if row["level"] != "township" and not row["valid_to"]}
    wrong = sorted(codes - known)
    if wrong:
        raise WrongUse(f"范围“{'、'.join(wrong)}”不是行政区划代码表中的县、盟市、省代码，也不是全国（{NATION}），"
                       "请写六位代码，如 150300。")

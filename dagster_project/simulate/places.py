"""The prefecture to be simulated: its counties and their townships, from the divisions seed."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

from dagster_project.settings import ROOT

DIVISIONS = ROOT / "dbt" / "seeds" / "reference" / "admin_division.csv"


@dataclass(frozen=True)
class Place:
    """A division with its children; counties of a prefecture, townships of a county."""

    code: str
    name: str
    children: tuple[Place, ...] = ()


@dataclass(frozen=True)
class Prefecture(Place):
    province: str = ""

    @property
    def counties(self) -> tuple[Place, ...]:
        return self.children

    @property
    def seat(self) -> Place:
        """The prefecture as a registering authority of its own (市本级)."""
        return Place(self.code, f"{self.name}本级", self.children[0].children)


def load_prefecture(code: str, divisions: Path = DIVISIONS) -> Prefecture:
    """The prefecture `code`. Raises ValueError when the divisions hold no such prefecture."""
    with divisions.open(encoding="utf-8-sig", newline="") as file:
        rows = [
            row
            for row in csv.DictReader(file)
            if (row["code"][:4] == code[:4] or row["level"] == "province") and not row.get("valid_to")
        ]
    own = next((row for row in rows if row["code"] == code and row["level"] == "prefecture"), None)
    if own is None:
        raise ValueError(f"行政区划中没有地级代码 {code}，请用 6 位地级行政区划代码，例如 150300。")
    province = next(
        row["name"] for row in rows if row["level"] == "province" and row["code"] == own["parent_code"]
    )

    def townships(county: str) -> tuple[Place, ...]:
        found = tuple(
            Place(row["code"], row["name"])
            for row in rows
            if row["level"] == "township" and row["parent_code"] == county
        )
        rural = tuple(place for place in found if not place.name.endswith(("区", "园", "场")))
        return rural or found or (Place(f"{county}000", "模拟镇"),)

    counties = tuple(
        Place(row["code"], row["name"], townships(row["code"]))
        for row in rows
        if row["level"] == "county" and row["parent_code"] == code
    )
    if not counties:  # a prefecture without counties, such as 东莞
        counties = (Place(code, own["name"], townships(code)),)
    return Prefecture(code, own["name"], counties, province)

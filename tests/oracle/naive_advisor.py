"""Advisors (spec 2.5, rulings 6.2.7, 6.6.6, 6.6.13) with plain Python, from rows that count in the month.

`rows`: table id → rows (advisor.directory, advisor.visit, advisor.evaluation, gsxt.registration, farm_directory.farm; dicts
with the contract's column names). `left`: advisors no longer listed, rows of the directory with `left_on`. `delivered`: table
id → county → date of the full delivery that counts. Policies are those of 000 (150623) and ours; nothing of the code under
test is imported.
"""

from __future__ import annotations

from calendar import monthrange
from collections import defaultdict
from datetime import date
from typing import Any

Row = dict[str, Any]
BANNER = "150623"       # 鄂托克前旗, the only region of 000's numbers
JUDGED = frozenset({BANNER})        # the regions whose policy rows say what an advisor has to do
HEAD_COUNT = {2023: 3, 2024: 4, 2025: 5}


def person(row: Row) -> tuple:
    """Certificate, else county, name and appointing body."""
    return (row["certificate_no"],) if row["certificate_no"] else (row["county_code"], row["advisor_name"], row["appointing_body"])


class Directory:
    def __init__(self, rows: dict[str, list[Row]], left: list[Row], as_of: date) -> None:
        self.as_of = as_of
        self.people: dict[tuple, Row] = {}
        listed = rows["advisor.directory"]
        with_number = {(r["county_code"], r["advisor_name"], r["appointing_body"]) for r in listed if r["certificate_no"]}
        for row in [*listed, *(r for r in left if r["certificate_no"] or person(r) not in with_number)]:
            if row["appointed_on"] and row["appointed_on"] > as_of:
                continue
            moved = row["moved_out_on"]
            if row.get("left_on"):
                gone = min(row["left_on"], moved or row["left_on"])
            elif row["directory_state"] in ("调出", "除名"):
                gone = moved or min(row["delivered_on"], as_of)
            else:
                gone = None
            gone = gone if gone and gone <= as_of else None
            ended = row["term_ends_on"] if row["term_ends_on"] and row["term_ends_on"] < as_of else None
            struck = row["directory_state"] == "除名" and (moved is None or moved <= as_of)
            self.people[person(row)] = {**row, "gone": gone, "struck": struck,
                                        "until": min((day for day in (gone, ended) if day), default=None)}
        self.services = self._services(rows)

    def _services(self, rows: dict[str, list[Row]]) -> dict[tuple, list[Row]]:
        by_number = {p["certificate_no"]: key for key, p in self.people.items() if p["certificate_no"]}
        by_name: dict[tuple, list[tuple]] = defaultdict(list)
        for key, p in self.people.items():
            by_name[p["county_code"], p["advisor_name"]].append(key)
        entities: dict[tuple, list[str]] = defaultdict(list)
        for coop in rows["gsxt.registration"]:
            if coop["status"] in ("active", "suspended", "ceased", "unknown"):
                entities["农民合作社", coop["county_code"], coop["name"]].append(coop["credit_code"])
        for farm in rows["farm_directory.farm"]:
            entities["家庭农场", farm["county_code"], farm["name"]].append(farm["farm_code"] or farm["entity_key"])
        out: dict[tuple, list[Row]] = defaultdict(list)
        for visit in rows["advisor.visit"]:
            if visit["served_on"] > self.as_of:
                continue
            if visit["certificate_no"]:
                who = by_number.get(visit["certificate_no"])
            else:
                same = by_name[visit["county_code"], visit["advisor_name"]]
                who = same[0] if len(same) == 1 else None
            if who is None:
                continue
            name = (visit["entity_type"], visit["county_code"], visit["entity_name"])
            found = entities[name]
            entity = visit["credit_code"] or visit["farm_code"] or (found[0] if len(found) == 1 else "|".join(name))
            out[who].append({"entity": entity, "day": visit["served_on"], "door": visit["mode"] == "上门",
                             "signed": bool(visit["signed"])})
        return out


def advisor_quarter(rows: dict[str, list[Row]], left: list[Row], delivered: dict[str, dict[str, date]], as_of: date,
                    by_entity: bool = False, judged: frozenset[str] = JUDGED) -> dict[tuple[tuple, str], Row]:
    """(person, quarter) → the published figures."""
    directory, out = Directory(rows, left, as_of), {}
    for key, who in directory.people.items():
        for number in range(1, 5):
            first = date(as_of.year, 3 * number - 2, 1)
            last = date(as_of.year, 3 * number, monthrange(as_of.year, 3 * number)[1])
            appointed, until = who["appointed_on"], who["until"]
            if first > as_of or (appointed and appointed > last) or (until and until < first):
                continue
            mine = [s for s in directory.services[key] if first <= s["day"] <= last]
            doors: dict[str, int] = {s["entity"]: 0 for s in mine}
            for service in mine:
                doors[service["entity"]] += service["door"]
            visits = sum(doors.values())
            came = delivered.get("advisor.visit", {}).get(who["county_code"])
            known = bool(came or mine)
            reached = (bool(doors) and min(doors.values()) >= 3) if by_entity else visits >= 3
            if who["county_code"] not in judged:
                status = "无标准"
            elif (appointed and appointed >= first) or (until and until <= last):
                status = "不考核"
            elif last > as_of:
                status = "进行中"
            elif reached:
                status = "达标"
            else:
                status = "未达标" if came and came >= last else "数据缺失"
            figures = {"entities_served": len(doors), "door_visits": visits,
                       "signed_visits": sum(s["door"] and s["signed"] for s in mine),
                       "entities_with_3_visits": sum(n >= 3 for n in doors.values())}
            out[key, f"{as_of.year}Q{number}"] = {
                **(figures if known else dict.fromkeys(figures)), "status": status, "county_code": who["county_code"]}
    return out


def advisor_year(rows: dict[str, list[Row]], left: list[Row], delivered: dict[str, dict[str, date]],
                 as_of: date, judged: frozenset[str] = JUDGED) -> dict[tuple[tuple, int], Row]:
    """(person, year) → entities served, grade, recommendation, for the report year and the one before."""
    directory, out = Directory(rows, left, as_of), {}
    grades = {(row["certificate_no"], row["year"]): row["grade"] for row in rows["advisor.evaluation"]}
    for key, who in directory.people.items():
        for year in (as_of.year - 1, as_of.year):
            if (who["appointed_on"] and who["appointed_on"].year > year) or (who["gone"] and who["gone"].year < year):
                continue
            end = min(as_of, date(year, 12, 31))
            served = len({s["entity"] for s in directory.services[key] if s["day"].year == year})
            came = delivered.get("advisor.visit", {}).get(who["county_code"])
            number = who["certificate_no"]
            graded = max((y for n, y in grades if n == number and year - 1 <= y <= year), default=None) if number else None
            failed = graded is not None and grades[number, graded] == grades.get((number, graded - 1)) == "不称职"
            ended = who["term_ends_on"] is not None and who["term_ends_on"] < end
            if who["struck"]:
                advice = "除名"
            elif who["county_code"] not in judged or (who["gone"] and who["gone"] <= end):
                advice = "—"
            elif failed or ended:
                advice = "建议调出名录库"
            else:
                advice = "续聘" if graded is not None and grades[number, graded] != "不称职" else "—"
            out[key, year] = {"entities_served": served if served or came else None,
                              "grade": grades.get((number, year)) if number else None, "recommendation": advice}
    return out


def head_count(rows: dict[str, list[Row]], left: list[Row], delivered: dict[str, dict[str, date]],
               as_of: date) -> dict[str, tuple[int, str]]:
    """County → advisors in office at as_of and how they stand to the target; counties that delivered the directory only."""
    directory = Directory(rows, left, as_of)
    out = {}
    for county in delivered.get("advisor.directory", {}):
        actual = sum(p["county_code"] == county and p["until"] is None for p in directory.people.values())
        target = HEAD_COUNT.get(as_of.year) if county == BANNER and as_of >= date(2023, 11, 30) else None
        due = date(as_of.year, 12, 31)
        status = "无目标" if target is None else "达标" if actual >= target else "进行中" if as_of < due else "未达标"
        out[county] = (actual, status)
    return out


def targets(rows: dict[str, list[Row]], left: list[Row], delivered: dict[str, dict[str, date]], as_of: date,
            counties: list[str], judged: frozenset[str] = JUDGED) -> dict[tuple[str, str, str], Row]:
    """(region, level, target) → target, actual and status, of `counties` and the regions above them (no townships)."""
    directory, out = Directory(rows, left, as_of), {}
    came, visits = delivered.get("advisor.directory", {}), delivered.get("advisor.visit", {})
    served: dict[str, set[str]] = defaultdict(set)
    for key, person_ in directory.people.items():
        served[person_["county_code"]] |= {s["entity"] for s in directory.services[key] if s["day"].year == as_of.year}
    regions: dict[tuple[str, str], set[str]] = defaultdict(set)
    for county in {*counties, *came, *visits}:
        if county[:2] in {c[:2] for c in counties}:
            for region in ((county, "county"), (county[:4] + "00", "prefecture"), (county[:2] + "0000", "province"),
                           ("000000", "nation")):
                regions[region].add(county)
    for (region, level), parts in regions.items():
        known = [c for c in parts if c in came]
        if level == "county" and not known and region not in counties:
            continue
        actual = sum(p["county_code"] in known and p["until"] is None for p in directory.people.values()) if known else None
        aim = {"province": 1000, "nation": 30000}.get(level, HEAD_COUNT.get(as_of.year) if region in judged else None)
        whole = all(c in came for c in parts if c in counties)
        out[region, level, "advisors"] = _against(aim, actual, whole, as_of)
        if level == "province":
            told = [c for c in parts if c in visits]
            entities = set().union(*(served[c] for c in parts)) if told else None
            out[region, level, "entities_served"] = _against(
                10000, None if entities is None else len(entities), all(c in visits for c in parts if c in counties), as_of)
    return out


def _against(aim: int | None, actual: int | None, whole: bool, as_of: date) -> Row:
    """000 and 农办经〔2023〕4号 count at the end of the year, the latter at the end of 2025."""
    due = date(2025, 12, 31) if aim is None or aim >= 1000 else date(as_of.year, 12, 31)
    status = "无目标" if aim is None else "数据缺失" if actual is None else "达标" if actual >= aim else \
        "进行中" if as_of < due else "未达标" if whole else "数据缺失"
    return {"target": aim, "actual": actual, "status": status}

"""Form 9 · 004 附件 全市打造“主阵地”三年行动计划任务进度表, with the companion sheet 进度."""

from __future__ import annotations

from decimal import Decimal

from exports import figures
from exports.form import Filled, Form, Origin, Scope, never_came, tables_in, unknown_note
from exports.header import Group, Header, Kind, Leaf
from exports.kit import Cell, Table, total_of
from exports.reading import Reading

FORM = Form(
    9,
    "全市打造“主阵地”三年行动计划(2023-2025)任务进度表",
    "宁波市供销合作社联合社 2023年7月27日 附件",
    ("supply_coop.target", "supply_coop.affiliate", "supply_coop.star_result"),
    ("plan_target", "plan_progress"),
)
ISSUED_FOR = "330200"  # the city whose text printed the form (004)
SHEET, PROGRESS = "任务进度表", "进度"
YEARS = (2023, 2024, 2025)
INDICATORS = {
    "star_coops": "星级合作社",
    "led_coops": "领办参办合作社",
    "led_five_star": "领参办五星级合作社",
}
NOT_APPLICABLE = "/"

HEADER = Header(
    Leaf("", Kind.text, 10),  # the corner's label is lost in the source
    *(
        Group(
            f"{year}年底前",
            (
                Leaf("星级合作社", Kind.count, 11),
                Leaf("领办参办合作社", Kind.count, 15),
                Leaf("领参办五星级合作社", Kind.count, 13, merged=True),
            ),
        )
        for year in YEARS
    ),
)
_FIGURES = (Leaf("目标", Kind.count, 6), Leaf("实际", Kind.count, 6), Leaf("完成率（%）", Kind.percent, 6.4))
PROGRESS_HEADER = Header(
    Leaf("区（县、市）", Kind.text, 13),
    *(
        Group(
            f"{year}年底前",
            tuple(
                Group(INDICATORS[indicator], (*_FIGURES, Leaf("其中试算", Kind.count, 4.8)))
                for indicator in ("star_coops", "led_coops")
            ),
        )
        for year in YEARS
    ),
    Group(INDICATORS["led_five_star"], tuple(Group(f"{year}年底前", _FIGURES) for year in YEARS)),
)
_SUMMED = tuple(column for block in range(6) for column in (1 + 4 * block, 2 + 4 * block))

_TARGETS = """
    select region_level, county_label, year, indicator, target, print_order, region_code, file_name, sheet,
           row_number, snapshot_date, content_hash
    from plan_target where prefecture_code = ? order by print_order, year, indicator
"""
_PROGRESS = """
    select region_level, county_label, year, indicator, target, actual, trial, missing_tables
    from plan_progress
    where (region_level = 'prefecture' and region_code = $1)
       or (region_level = 'county' and region_code in (select unnest($2::varchar[])))
    order by print_order, year, indicator
"""


def fill(reading: Reading, scope: Scope) -> Filled | None:
    """The plan of a prefecture; null for scopes that have none."""
    if scope.level != "prefecture":
        return None
    rows = reading.con.execute(_TARGETS, [scope.code]).fetchall()
    if not rows and scope.code != ISSUED_FOR:
        return None
    labels = list(dict.fromkeys(row[1] for row in rows if row[0] == "county"))
    county = {(row[1], row[2], row[3]): row[4] for row in rows if row[0] == "county"}
    city = {(row[2], row[3]): row[4] for row in rows if row[0] == "prefecture"}
    missing = None if rows else never_came(("supply_coop.target",))
    body = [(label, *_printed(label, place == 0, county, city)) for place, label in enumerate(labels)]
    sheet = Table(
        (FORM.name,),
        HEADER,
        body,
        attachment="附件",
        line=("", "", "(单位:家)"),
        missing=missing,
        landscape=True,
        row_height=24,
    )
    progress = _progress(reading, scope, missing)
    return Filled(FORM, [(SHEET, sheet), (PROGRESS, progress)], _origins(rows, labels, scope))


def _printed(label: str, first: bool, county: dict, city: dict) -> tuple[Cell, ...]:
    """A county's row as printed; the five-star figure of the city stands in the first row's merged cell."""
    cells: list[Cell] = []
    for year in YEARS:
        cells += [
            county.get((label, year, "star_coops")),
            county.get((label, year, "led_coops")),
            city.get((year, "led_five_star")) if first else "",
        ]
    return tuple(cells)


def _progress(reading: Reading, scope: Scope, missing: str | None) -> Table:
    found = reading.con.execute(_PROGRESS, [scope.code, list(scope.counties)]).fetchall()
    known = {(row[0], row[1] if row[0] == "county" else "", row[2], row[3]): row[4:7] for row in found}
    labels = list(dict.fromkeys(row[1] for row in found if row[0] == "county"))
    rows = [(label, *_blocks(known, "county", label), *(NOT_APPLICABLE,) * 9) for label in labels]
    absent = tables_in(*(row[7] for row in found))
    total = None
    if rows:
        city = (*_blocks(known, "prefecture", ""), *_five_stars(known))
        total = total_of(dict(enumerate(city, 1)), len(PROGRESS_HEADER.leaves))
    notes: tuple[str, ...] = (
        "注：“领参办五星级合作社”只下达全市任务，列于合计行；“/”表示不适用（领办参办合作社不涉及星级试算）。",
    )
    if absent:
        notes += (unknown_note("实际数、完成率及其中试算", absent),)
    return Table(
        (f"{scope.name}打造“主阵地”三年行动计划进度",),
        PROGRESS_HEADER,
        rows,
        line=(f"填报单位：{scope.name}", f"填报时间：{reading.month.printed}", "单位：家"),
        total=total,
        summed=_SUMMED,
        missing=missing,
        notes=notes if rows else (),
        landscape=True,
        row_height=24,
    )


def _blocks(known: dict, level: str, label: str) -> list[Cell]:
    """Target, actual, completion and trial of star and led cooperatives, year by year."""
    cells: list[Cell] = []
    for year in YEARS:
        for indicator in ("star_coops", "led_coops"):
            target, actual, trial = known.get((level, label, year, indicator), (None, None, None))
            cells += [
                _whole(target),
                _whole(actual),
                figures.percent(actual, target, Decimal(1)),
                _whole(trial) if indicator == "star_coops" else NOT_APPLICABLE,
            ]
    return cells


def _five_stars(known: dict) -> list[Cell]:
    cells: list[Cell] = []
    for year in YEARS:
        target, actual, _ = known.get(("prefecture", "", year, "led_five_star"), (None, None, None))
        cells += [_whole(target), _whole(actual), figures.percent(actual, target, Decimal(1))]
    return cells


def _origins(rows: list[tuple], labels: list[str], scope: Scope) -> list[Origin]:
    """One line a source row; the city-wide figure with the row that prints it."""
    if not labels:
        return []
    places = {label: place for place, label in enumerate(labels)}
    seen: dict[tuple, Origin] = {}
    for level, label, year, indicator, _, _, code, file_name, sheet, row_number, day, content_hash in rows:
        whole = level == "prefecture"
        key = f"{scope.name} {INDICATORS.get(indicator, indicator)}（{year}年底前）" if whole else label
        seen.setdefault(
            (key, file_name, sheet, row_number),
            Origin(
                0,
                0 if whole else places[label],
                key,
                "supply_coop.target",
                scope.name if whole else scope.counties.get(code, label),
                file_name,
                sheet,
                f"{row_number}",
                day,
                content_hash,
            ),
        )
    return sorted(seen.values(), key=lambda origin: (origin.row, origin.key != labels[origin.row]))


def _whole(value: Decimal | int | None) -> int | None:
    return None if value is None else int(value)

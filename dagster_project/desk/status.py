"""`coopledger status`: what arrived from whom, what is late, rejected or never came, and why the last run failed.

Read from the lake, as `delivery_freshness` does for a month: a delivery is due `due_days` after the one before.
"""

from __future__ import annotations

import json
from collections import defaultdict
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import duckdb

from dagster_project.books.shelf import books
from dagster_project.clock import ZONE
from dagster_project.desk.due import due_days, expected_levels, window_days
from dagster_project.desk.places import NATION, counties_in, in_order, name_of
from dagster_project.lake import quoted
from dagster_project.months import month_end
from dagster_project.receive.contracts import load_contracts
from dagster_project.receive.masking import masked_text
from dagster_project.receive.regions import Regions, load_regions, prefecture_of
from dagster_project.settings import Settings

FRESH, OVERDUE, NEVER, UNDATED = "正常", "过期未报", "未收到", "不定期"
FAILURE_LOG = "failure.log"
REFUSALS_SHOWN = 50


def status(settings: Settings, month: date | None, today: date) -> dict[str, Any]:
    """One JSON-able document.

    `month`: what that month can know, aged at its end; None: everything dated up to `today`, aged today, under the
    newest month with a dated delivery (spec 5.1), null when there is none.
    """
    regions = load_regions()
    day = min(month_end(month), today) if month else today
    horizon = month_end(month) + timedelta(window_days(NATION, month_end(month))) if month else today
    with duckdb.connect() as con:
        lake = _views(con, settings, horizon)
        newest = _newest(con) if lake else {}
        rejected = _rejected(con) if lake else {}
        refused = _refused(con) if lake else []
        placeless = _placeless(con) if lake else []
        failure = _last_failure(settings)
        shown = month or (_newest_month(con) if lake else None)
    scopes = in_order(settings.scopes) or sorted({prefecture_of(region) for region, _ in newest})
    lines = _lines(newest, rejected, scopes, regions, day)
    return {
        "month": shown and f"{shown:%Y-%m}", "day": day.isoformat(), "scopes": scopes, "tables": lines,
        "never_came": [{name: line[name] for name in ("region_code", "region", "table_id", "table")}
                       for line in lines if line["state"] == NEVER],
        "refused": refused, "rejected_without_county": placeless, "last_failure": failure,
        "books": books(settings),
    }


def _views(con: duckdb.DuckDBPyConnection, settings: Settings, horizon: date) -> bool:
    """Makes `delivered`, `sheets`, `rejected` up to a day; False when nothing was ever received."""
    if not (settings.lake / "sheets").exists():
        return False
    for zone in ("delivered", "sheets", "rejected"):
        con.execute(f"create view all_{zone} as "
                    f"from read_parquet('{quoted(settings.lake / zone)}/*.parquet', union_by_name = true)")
    con.execute(f"create view delivered as from all_delivered where snapshot_date <= date '{horizon}'")
    con.execute(f"create view sheets as from all_sheets where snapshot_date <= date '{horizon}'")
    settled = "select null::varchar content_hash, null::varchar sheet, null::bigint row_number, false settled where false"
    if any((settings.lake / "corrected").glob("*.parquet")):
        settled = f"from read_parquet('{quoted(settings.lake / 'corrected')}/*.parquet', union_by_name = true)"
    # A corrected row is no longer rejected, and rejected rows count with the date of their sheet.
    con.execute(f"""create view rejected as
        select distinct r.content_hash, r.sheet, r.row_number, r.table_id, split_part(r.scope, '|', 1) as region_code,
               s.snapshot_date
        from all_rejected r join sheets s using (content_hash, file_name, sheet)
        where r.row_number is not null and not exists (
            from ({settled}) c where c.settled and c.content_hash = r.content_hash and c.sheet = r.sheet
                                 and c.row_number = r.row_number)""")
    return True


def _newest_month(con: duckdb.DuckDBPyConnection) -> date | None:
    """The first day of the month of the newest delivery whose date was given, not assumed."""
    newest = con.execute("select max(snapshot_date) from sheets where outcome in ('accepted', 'partly') "
                         "and not snapshot_date_assumed").fetchall()[0][0]
    return newest and newest.replace(day=1)


def _newest(con: duckdb.DuckDBPyConnection) -> dict[tuple[str, str], dict[str, Any]]:
    """(region, table) → its newest delivery: date, whether assumed, files, rows, columns nobody knew; dates of all."""
    rows = con.execute("""
        with newest as (
            select county_code, table_id, max(snapshot_date) as newest_on, list(distinct snapshot_date) as dates
            from delivered group by all)
        select d.county_code, d.table_id, d.snapshot_date, bool_or(s.snapshot_date_assumed),
               list(distinct d.file_name order by d.file_name), sum(d.rows)::bigint,
               list(distinct s.drift) filter (where s.drift is not null), any_value(n.dates)
        from delivered d join newest n on d.county_code = n.county_code and d.table_id = n.table_id
                                      and d.snapshot_date = n.newest_on
        left join sheets s on d.content_hash = s.content_hash and d.file_name = s.file_name and d.sheet = s.sheet
        group by all""").fetchall()
    return {(region, table): {"newest_on": day, "assumed": bool(assumed), "files": files, "rows": count,
                              "drift": sorted({header for text in drift or () for header in json.loads(text)}),
                              "dates": dates}
            for region, table, day, assumed, files, count, drift, dates in rows}


def _rejected(con: duckdb.DuckDBPyConnection) -> dict[tuple[str, str], int]:
    """(region, table) → rows rejected in its newest delivery's date or later."""
    return {(region, table): n for region, table, n in con.execute("""
        with newest as (select county_code, table_id, max(snapshot_date) as newest_on from delivered group by all)
        select region_code, table_id, count(*) from rejected r
        where region_code is not null and r.snapshot_date >= coalesce(
            (select newest_on from newest n where n.county_code = r.region_code and n.table_id = r.table_id), date '0001-01-01')
        group by all""").fetchall()}


def _refused(con: duckdb.DuckDBPyConnection) -> list[dict[str, Any]]:
    """Files and sheets that were not taken at all, the newest first."""
    names = ("file_name", "sheet", "table_id", "code", "sentence")
    return [dict(zip(names, row, strict=True)) for row in con.execute(
        "select file_name, sheet, table_id, reason_code, reason from sheets where outcome = 'rejected' "
        f"and reason_code is not null order by received_order desc, sheet_index limit {REFUSALS_SHOWN}").fetchall()]


def _placeless(con: duckdb.DuckDBPyConnection) -> list[dict[str, Any]]:
    """Rejected rows that no county can be named for."""
    return [{"table_id": table, "rows": n} for table, n in con.execute(
        "select table_id, count(*) from rejected where region_code is null group by all order by all").fetchall()]


def _lines(newest: dict[tuple[str, str], dict[str, Any]], rejected: dict[tuple[str, str], int], scopes: list[str],
           regions: Regions, day: date) -> list[dict[str, Any]]:
    """A line a region and table: who is expected to deliver, and who did without being expected to."""
    contracts, levels = load_contracts(), expected_levels()
    inside = {county for scope in scopes for county in counties_in(scope, regions)}
    prefectures = {prefecture_of(county) for county in inside}
    expected = {(region, table) for table in contracts
                for region in {"county": inside, "prefecture": prefectures}.get(levels.get(table, "county"), ())}
    # What came for the counties of a prefecture came for the prefecture.
    merged: dict[tuple[str, str], dict[str, Any]] = {}
    faults: dict[tuple[str, str], int] = defaultdict(int)
    for (region, table), found in sorted(newest.items()):
        key = (prefecture_of(region) if levels.get(table) == "prefecture" else region), table
        held = merged.get(key)
        found = found | {"dates": [*found["dates"], *(held["dates"] if held else ())]}
        if held is None or found["newest_on"] > held["newest_on"]:
            merged[key] = found
        elif found["newest_on"] == held["newest_on"]:
            merged[key] = held | {"rows": held["rows"] + found["rows"], "assumed": held["assumed"] or found["assumed"],
                                  "files": sorted({*held["files"], *found["files"]}),
                                  "drift": sorted({*held["drift"], *found["drift"]}), "dates": found["dates"]}
        else:
            merged[key] = held | {"dates": found["dates"]}
    for (region, table), n in rejected.items():
        faults[(prefecture_of(region) if levels.get(table) == "prefecture" else region), table] += n
    order = list(contracts)
    keys = sorted({*expected, *merged, *faults}, key=lambda key: (key[0], order.index(key[1])))
    whole = {own for own in prefectures if inside.issuperset(regions.counties_of(own))}
    return [_line(region, table, merged.get((region, table)), faults[region, table], regions, day)
            for region, table in keys if region in inside or prefecture_of(region) in whole
            or (region in prefectures and levels.get(table) == "prefecture")]


def _line(region: str, table: str, found: dict[str, Any] | None, rejected: int, regions: Regions,
          day: date) -> dict[str, Any]:
    days = due_days(table, region, day)
    newest_on = found["newest_on"] if found else None
    due_on = newest_on + timedelta(days) if newest_on and days is not None else None
    before = max((date_ for date_ in found["dates"] if date_ < newest_on), default=None) if found else None
    late = (newest_on - before).days - days if newest_on and before and days is not None else 0
    if newest_on is None:
        state = NEVER
    elif due_on is None:
        state = UNDATED
    else:
        state = OVERDUE if due_on < day else FRESH
    return {
        "region_code": region, "region": _name(region, table, regions), "table_id": table,
        "table": load_contracts()[table].title, "state": state,
        "newest_on": newest_on and newest_on.isoformat(), "assumed": found["assumed"] if found else None,
        "age_days": max((day - newest_on).days, 0) if newest_on else None,
        "due_on": due_on and due_on.isoformat(),
        "late_days": max(late, 0),      # the newest one came so long after its own due day
        "overdue_days": (day - due_on).days if due_on and due_on < day else 0,
        "rows": found["rows"] if found else None, "rejected": rejected, "drift": found["drift"] if found else [],
        "files": found["files"] if found else [],
    }


def _name(region: str, table: str, regions: Regions) -> str:
    """A prefecture's own code stands for 市本级 where counties deliver the table."""
    own = region in regions.prefectures and region not in regions.counties and expected_levels().get(table) != "prefecture"
    return name_of(region, regions) + ("（市本级）" if own else "")


def _last_failure(settings: Settings) -> dict[str, Any] | None:
    """When and why a run last failed, and whether one was published since; personal values masked."""
    log = settings.logs / FAILURE_LOG
    if not log.exists():
        return None
    lines = [line.strip() for line in log.read_text(encoding="utf-8").splitlines() if line.strip()]
    failed = log.stat().st_mtime
    reason = masked_text(lines[-1] if lines else "")
    published = settings.warehouse_file.exists() and settings.warehouse_file.stat().st_mtime > failed
    at = datetime.fromtimestamp(failed, ZoneInfo(ZONE)).isoformat(timespec="seconds")
    return {"at": at, "reason": reason, "published_since": published}

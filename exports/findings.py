"""What is wrong and still open: findings of the sheets in force, traced to the row of the original sheet.

Reads the lake beside the build file: raw cells and registers are restricted and not in the warehouse.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import duckdb

from dagster_project.lake import quoted
from dagster_project.receive.context import folders, stem
from dagster_project.receive.regions import Regions, load_regions
from exports.reading import NATION

# Findings that no correction replaced, of sheets that count this month or are held back, and of this month's sheets
# that deliver nothing. A correction's findings are told of the row of the original.
_OPEN = """
    with root as (
        select f.*, coalesce(line.content_hash, f.content_hash) as root_hash,
               coalesce(line.sheet, f.sheet) as root_sheet,
               case when line.content_hash is null then f.row_number else line.row_number end as root_row,
               line.content_hash is not null as is_correction
        from (
            select 'rejected' as kind, content_hash, file_name, sheet, row_number, table_id, column_name, masked_value,
                   sentence, split_part(scope, '|', 1) as county_code
            from read_parquet('{lake}/rejected/*.parquet')
            union all
            select 'issue', i.content_hash, i.file_name, i.sheet, i.row_number, i.table_id, i.column_name,
                   i.masked_value, i.sentence, null
            from read_parquet('{lake}/issues/*.parquet') as i
        ) as f
        anti join corrected_row as c
            on f.content_hash = c.content_hash and f.sheet = c.sheet and f.row_number = c.row_number
        left join read_parquet('{lake}/corrected/*.parquet') as line
            on f.content_hash = line.corrected_by and f.sheet = line.corrected_sheet and f.row_number = line.corrected_row),
    sheets as (
        select content_hash, sheet, file_name, sheet_index, table_id, variant, snapshot_date, header_row,
               last_header_row, named_counties
        from read_parquet('{lake}/sheets/*.parquet') where outcome <> 'duplicate'),
    run as (
        select report_month, as_of + cast(coalesce((
            select max(value) from policy_in_force where id = 'delivery_window_days' and region_code = '000000'), 0)
            as integer) as last_day
        from run_month),
    delivered as (
        select d.content_hash, d.sheet, list(distinct d.county_code) as counties,
               bool_or(coalesce(d.snapshot_date = c.delivered_on
                   or (d.snapshot_date > c.delivered_on and d.snapshot_date <= run.last_day), false)) as counts
        from read_parquet('{lake}/delivered/*.parquet') as d cross join run
        left join delivery_choice as c on d.table_id = c.table_id and d.scope = c.scope
        group by d.content_hash, d.sheet)
    select r.kind, r.root_hash, r.root_sheet, r.root_row, r.column_name, r.masked_value, r.sentence,
           nullif(r.county_code, ''), s.file_name, s.sheet_index, s.table_id, s.variant, s.snapshot_date, s.header_row,
           s.last_header_row, s.named_counties, d.counties, r.content_hash, r.sheet, r.row_number,
           s.content_hash in (select corrected_by from read_parquet('{lake}/corrected/*.parquet'))
    from root as r join sheets as s on r.root_hash = s.content_hash and r.root_sheet = s.sheet
    cross join run
    left join delivered as d on r.root_hash = d.content_hash and r.root_sheet = d.sheet
    where case when d.sheet is null then s.snapshot_date between run.report_month and run.last_day else d.counts end
    order by s.file_name, s.sheet_index, r.root_hash, r.root_row, r.column_name, r.kind desc, r.sentence
"""


@dataclass(frozen=True, slots=True)
class Finding:
    """One fault. `row` is null for a whole file or sheet."""

    kind: str              # rejected or issue
    row: int | None
    column: str | None     # the contract's first Chinese header
    masked: str | None
    sentence: str


@dataclass(eq=False)
class ReturnedSheet:
    """A sheet as it was received, with its open findings by county code. Header rows are null where it was refused."""

    content_hash: str
    file_name: str
    sheet: str
    sheet_index: int
    table_id: str | None
    variant: str | None
    snapshot_date: date
    header_row: int | None
    last_header_row: int | None
    is_correction: bool                     # its rows could not be traced to an original
    findings: dict[str, list[Finding]] = field(default_factory=dict)

    def rows(self, county: str) -> list[int]:
        """Rows of the county that can be corrected in place, in order."""
        if self.last_header_row is None or self.is_correction:
            return []
        return sorted({f.row for f in self.findings.get(county, ()) if f.row is not None and f.row > self.last_header_row})


def open_findings(con: duckdb.DuckDBPyConnection, lake: Path) -> list[ReturnedSheet]:
    """Every sheet with open findings, by file and sheet. `con`: the build file."""
    rows = con.execute(_OPEN.format(lake=quoted(lake))).fetchall()
    regions = load_regions()
    counties = _counties(con, lake, {(r[17], r[10]) for r in rows if r[7] is None and r[10] is not None})
    sheets: dict[tuple[str, str], ReturnedSheet] = {}
    for (kind, root, sheet, row, column, masked, sentence, county, file_name, index, table, variant, dated, header, last,
         named, delivered, own_hash, own_sheet, own_row, is_correction) in rows:
        found = sheets.setdefault((root, sheet), ReturnedSheet(
            root, file_name, sheet, index, table, variant, dated, header, last, is_correction))
        county = county or counties.get((own_hash, own_sheet, own_row)) or _of_sheet(regions, named, delivered, file_name, sheet)
        finding = Finding(kind, row, column, masked, sentence)
        listed = found.findings.setdefault(county, [])
        if finding not in listed[-20:]:
            listed.append(finding)
    return list(sheets.values())


def _counties(con: duckdb.DuckDBPyConnection, lake: Path, files: Iterable[tuple[str, str]]) -> dict[tuple, str]:
    """(content_hash, sheet, row) → county of accepted rows of these (content_hash, table)."""
    paths = [str(path) for content, table in sorted(files)
             if (path := lake / "typed" / table / f"{content}.parquet").exists()]
    if not paths:
        return {}
    return {key: county for *key_, county in con.execute(
        "select distinct content_hash, sheet, row_number, county_code from read_parquet(?, union_by_name = true)",
        [paths]).fetchall() for key in [tuple(key_)]}


def _of_sheet(regions: Regions, named: str | None, delivered: list[str] | None, file_name: str, sheet: str) -> str:
    """The county of a finding whose row says none: the sheet's only one, by its names or its rows, else the one that
    sheet, file or folder name; else their prefecture, else none (000000)."""
    said = regions.resolve_places([text for text in (sheet, stem(file_name), *folders(file_name)) if text])
    for codes in (named.split(",") if named else [], delivered or [], said.counties, said.prefectures):
        if len(codes) == 1:
            return next(iter(codes))
        prefectures = {code[:4] for code in codes}
        if len(prefectures) == 1:
            return f"{prefectures.pop()}00"
    return NATION


def cells_of(con: duckdb.DuckDBPyConnection, lake: Path, sheet: ReturnedSheet, rows: list[int]) -> dict[int, list[str | None]]:
    """Texts of the header block and of `rows`, each row in the newest version that came."""
    raw = lake / "raw" / f"{sheet.content_hash}.parquet"
    found = {row: list(cells) for row, cells in con.execute(
        f"select row_number, cells from read_parquet('{quoted(raw)}') where sheet = ? "
        "and (row_number <= ? or row_number in (select unnest(?::bigint[])))",
        [sheet.sheet, sheet.last_header_row, rows]).fetchall()}
    for row, cells in con.execute(
            "select row_number, max_by(cells, received_order) from read_parquet(?) where content_hash = ? and sheet = ? "
            "and cells is not null and row_number in (select unnest(?::bigint[])) group by row_number",
            [f"{lake}/corrected/*.parquet", sheet.content_hash, sheet.sheet, rows]).fetchall():
        found[row] = list(cells)
    return found

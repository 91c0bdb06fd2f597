"""What a typed sheet delivers: repeated keys, stray rows, and the scopes that its rows make void (rulings 6.1.3, 6.1.5).

Works on the DuckDB tables `typed` and `issues` of one sheet and makes `delivered`.
"""

from __future__ import annotations

from collections.abc import Collection

import duckdb

from dagster_project.lake import DELIVERED, ISSUES
from dagster_project.receive.contracts import Contract, Type
from dagster_project.receive.recognise import ASSUMED_YEAR, Recognition
from dagster_project.receive.refusal import place
from dagster_project.receive.sql import literal, name

# A sheet delivers a county when this many of its rows, or this share, belong to it (rulings 6.1.5).
DELIVERS_ROWS = 20
DELIVERS_SHARE = (5, 100)


def mark_repeated(con: duckdb.DuckDBPyConnection, found: Recognition) -> None:
    """The same key twice in the sheet: the last row wins, earlier ones are superseded and reported."""
    plan = found.plan
    key = _key(plan.contract)
    twice = con.execute(f"select 1 from typed where entity_key is not null group by {key} having count(*) > 1 limit 1")
    if not twice.fetchall():
        return
    con.execute(f"""create or replace temp table _repeated as
        select row_number, entity_key, last from (
            select row_number, entity_key, max(row_number) over (partition by {key}) as last
            from typed where entity_key is not null)
        where row_number < last""")
    con.execute("update typed set is_superseded = true from _repeated "
                "where typed.row_number = _repeated.row_number and typed.entity_key = _repeated.entity_key")
    sentence = (f"{literal(place(plan.file_name, plan.sheet))} || '第 ' || row_number || ' 行与第 ' || max(last) || "
                "' 行的主键相同，以后一行为准。请核对并删除重复的行。'")
    _report(con, found, _key_header(plan.contract), "DUPLICATE_KEY", sentence, "_repeated group by row_number")


def mark_stray(con: duckdb.DuckDBPyConnection, found: Recognition, delivers: Collection[str] = (),
               strays: Collection[str] = ()) -> None:
    """Rows of a county that the sheet does not deliver are kept, reported, and replace nothing.

    Only where a delivery speaks for counties: quotas speak for a prefecture, keyed versions replace nothing.
    `delivers`, `strays`: counties for which that was decided when the sheet first came, before its correction.
    """
    contract = found.plan.contract
    if not contract.scoped or "prefecture_code" in contract.replaces:
        return
    named = ", ".join(map(literal, found.named_counties)) or "''"
    share, of = DELIVERS_SHARE
    stray = [code for (code,) in con.execute(f"""
        select county_code from typed group by county_code
        having count(*) < {DELIVERS_ROWS} and count(*) * {of} < {share} * (select count(*) from typed)
           and county_code not in ({named})""").fetchall()]
    stray = sorted({*stray, *strays} - set(delivers))
    if not stray:
        return
    codes = ", ".join(map(literal, stray))
    con.execute(f"update typed set is_stray = true where county_code in ({codes})")
    sentence = (f"{literal(place(found.plan.file_name, found.plan.sheet))} || '第 ' || row_number || "
                "' 行属于别的旗县区（' || any_value(county_code) || '），已保留，但不替换该旗县区原有的数据。请核对是否放错了文件。'")
    _report(con, found, _county_header(contract), "STRAY", sentence, "typed where is_stray group by row_number")


def narrow_scope(con: duckdb.DuckDBPyConnection, found: Recognition) -> None:
    """A sheet with one township only, whose title does not name the whole county, speaks for that township (6.6.11)."""
    column = found.plan.contract.narrows_to
    if column is None or is_form(found):
        return
    values, blanks, counties, one, county = con.execute(
        f"select count(distinct {name(column)}), count(*) filter (where {name(column)} is null), "
        f"count(distinct county_code), any_value({name(column)}), any_value(county_code) from typed where not is_stray"
    ).fetchall()[0]
    if values != 1 or blanks or counties != 1:
        return
    if county in found.title_counties and one not in (found.title or ""):
        return
    con.execute(f"update typed set scope = scope || '|' || {name(column)} where not is_stray")


def make_delivered(con: duckdb.DuckDBPyConnection, found: Recognition) -> None:
    """Makes `delivered`: a line a scope that the sheet delivers, also for a named county without a row."""
    plan = found.plan
    fixed = (f"{literal(plan.contract.id)} as table_id, {literal(plan.content_hash)} as content_hash, "
             f"{literal(plan.file_name)} as file_name, {literal(plan.sheet)} as sheet")
    when = f"date '{plan.snapshot_date}' as snapshot_date, {plan.received_order}::bigint as received_order"
    empty = []
    if plan.contract.scoped and not plan.contract.replaces:
        empty = [f"select {fixed}, {literal(code)} as county_code, {literal(code)} as scope, {when}, 0::bigint as rows "
                 f"where not exists (from typed where county_code = {literal(code)})" for code in found.named_counties]
    empty += [f"select {fixed}, split_part(scope, '|', 1) as county_code, scope, {when}, 0::bigint as rows "
              f"from ({whole})" for whole in _whole_counties(found)]
    lines = [
        f"select {fixed}, split_part(scope, '|', 1) as county_code, scope, {when}, "
        "count(*) filter (where not is_superseded) as rows from typed where not is_stray and scope is not null group by scope",
        *empty,
    ]
    if is_form(found):      # a filled form is no delivery of its scope (rulings 6.6.1)
        lines = [f"select * from ({lines[0]}) where false"]
    con.execute(f"create or replace temp table delivered as select {', '.join(DELIVERED)} from "
                f"({' union all '.join(lines)}) order by scope")


def _whole_counties(found: Recognition) -> list[str]:
    """SQL of the scopes with `*` that a sheet speaks for as a whole (rulings 6.6.11).

    It does so for a part of the scope of which it has two values, or when its title names the county and no value.
    """
    contract, title = found.plan.contract, found.title or ""
    if not contract.spans:
        return []
    spans = {key: name(key) for key in contract.spans}
    named = ", ".join(map(literal, found.title_counties)) or "''"
    parts = []
    for key in contract.replaces:
        value = f"cast({name(key)} as varchar)"
        if key not in spans:
            parts.append(f"coalesce({value}, '')")
            continue
        silent = f"(county_code in ({named}) and not bool_or(contains({literal(title)}, {value})) over of_county)"
        many = f"min({value}) over of_county <> max({value}) over of_county"
        parts.append(f"case when coalesce({many}, false) or coalesce({silent}, false) then '*' else coalesce({value}, '') end")
    fixed = "".join(f", {name(key)}" for key in contract.replaces if key not in spans)
    joined = " || '|' || ".join(("county_code", *parts))
    return [f"select distinct scope from (select {joined} as scope from typed "
            f"where not is_stray window of_county as (partition by county_code{fixed})) where contains(scope, '*')"]


def add_issue(con: duckdb.DuckDBPyConnection, found: Recognition, row: int, column: str, raw: str | None, code: str,
              sentence: str) -> None:
    """One more line in `issues`; `raw` is no personal value."""
    plan = found.plan
    line = {"content_hash": plan.content_hash, "file_name": plan.file_name, "sheet": plan.sheet, "row_number": row,
            "table_id": plan.contract.id, "column_name": column, "raw_value": raw, "masked_value": raw, "code": code,
            "sentence": sentence}
    con.execute(f"insert into issues by name select {', '.join(f'? as {c}' for c in ISSUES)}", [line[c] for c in ISSUES])


def report_assumed_year(con: duckdb.DuckDBPyConnection, found: Recognition) -> None:
    """A year that nothing but the date of the file says is reported at the header row (spec 1.1, Context)."""
    plan = found.plan
    for bound in plan.columns:
        if bound.index is None and bound.header == ASSUMED_YEAR:
            header = bound.column.header
            add_issue(con, found, found.header_row, header, None, "MISSING_VALUE", (
                f"{place(plan.file_name, plan.sheet)}没有写明“{header}”，已按数据日期 {plan.snapshot_date} 推定为 "
                f"{bound.context_value} 年。如果不对，请在标题或文件名中写明年度（如“2024年度”）后重新报送。"))


def _report(con: duckdb.DuckDBPyConnection, found: Recognition, header: str, code: str, sentence: str,
            rows: str) -> None:
    """One issue a sheet row of `rows` (a relation grouped by row_number)."""
    plan = found.plan
    con.execute(f"""insert into issues by name
        select {literal(plan.content_hash)} as content_hash, {literal(plan.file_name)} as file_name,
               {literal(plan.sheet)} as sheet, row_number, {literal(plan.contract.id)} as table_id,
               {literal(header)} as column_name, '{code}' as code, {sentence} as sentence
        from {rows}""")


def is_form(found: Recognition) -> bool:
    """A filled form is no delivery of its scope (rulings 6.6.1)."""
    return bool(found.plan.variant and found.plan.variant.partial)


def _key(contract: Contract) -> str:
    """SQL of the key within the sheet: a code is one key in the nation, other keys are one in their county."""
    first = [f"{name(k if contract.column(k).type is not Type.identity else k + '_hash')} is not null"
             for k in contract.key[0] if k not in ("county_code", "prefecture_code")]
    if len(contract.key) == 1:
        return "entity_key"
    return f"entity_key, case when {' and '.join(first)} then '' else county_code end"


def _key_header(contract: Contract) -> str:
    return next(contract.column(k).header for k in contract.key[0] if k not in ("county_code", "prefecture_code"))


def _county_header(contract: Contract) -> str:
    county = next((c for c in contract.columns if c.type is Type.region and c.region == "county"), None)
    return (county or contract.columns[0]).header

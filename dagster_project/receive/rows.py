"""The rows under a header: which are data, which are ignored, whether 合计 rows add up, wide rows made long.

Works on the DuckDB relation `sheet` (row_number, c0…cN: every row of the sheet as text). All of it in SQL
over columns.
"""

from __future__ import annotations

import re

import duckdb

from dagster_project.receive.contracts import Type, Wide
from dagster_project.receive.recognise import Recognition
from dagster_project.receive.refusal import place
from dagster_project.receive.sql import literal

SPACE = r"[\s\x{00a0}\x{3000}]"
SHORT = 30          # bytes: no total row's first word and no stray white space is longer
TOTALS = "(合计|小计|总计|共计)[:：]?"
FOOTERS = ("填报人|填表人|制表人?|审核人?|复核人?|经办人|分管领导|主管领导|负责人|单位负责人|负责人签字|联系人|备注|注|说明|填表说明"
           "|填写说明|绩效评价小组人员签字|考核单位盖章|填报单位|填报时间|填报日期|制表时间|制表日期|导出时间|打印时间|数据来源|日期")
SUMMED = (Type.money, Type.area, Type.number, Type.integer)
NOTHING = ("", "-", "—", "/")
# A header row printed again shows this share of its labels; a data row never does.
REPEATED_SHARE = 0.6


def make_cells(con: duckdb.DuckDBPyConnection, found: Recognition, width: int, screened: int = 0) -> tuple[int, int]:
    """Makes the temp tables `cells` (data rows with their drift, or a wide layout's long rows) and `ignored`.

    `ignored` (row_number, kind) are blank, repeated header, total and footer rows behind the header block; a row
    of a wide layout without a single figure is as good as blank. Returns (rows_read, ignored): rows behind the
    header block up to the last non-blank one (rulings 6.1.1), and how many of them are ignored.
    `screened`: the last row that a screen left out of `sheet`, 0 for none.
    """
    columns = ", ".join(f"c{i}" for i in range(width))
    if found.record:
        return _make_record(con, found, found.record, columns)
    con.execute(f"create or replace temp table cells as select row_number, {columns}{_drift(found)} from sheet "
                f"where row_number > {found.last_header_row}")
    word = f"regexp_replace(first, '{SPACE}+', '', 'g')"
    kind = f"""case
        when first is null then 'blank'
        when strlen(first) < {SHORT} and {word} = '' and regexp_full_match(concat_ws('', {columns}), '{SPACE}*') then 'blank'
        {''.join(f"when {again} then 'header' " for again in _repeated(found))}
        when strlen(first) < {SHORT} and regexp_full_match({word}, '{TOTALS}') then 'total'
        when regexp_matches(first, '^{SPACE}*({FOOTERS}){SPACE}*(?:[(（][^()（）]{{0,6}}[)）])?{SPACE}*[:：]') then 'footer'
        {f"when coalesce({', '.join(f'c{i}' for i in found.figures)}) is null then 'no figure'" if found.wide else ""}
        end"""
    con.execute(f"create or replace temp table ignored as select row_number, kind from (select row_number, {kind} as kind "
                f"from (select *, coalesce({columns}) as first from cells)) where kind is not null")
    _add_note_lines(con, width)
    last = con.execute("select max(row_number) from cells where row_number not in "
                       "(select row_number from ignored where kind = 'blank')").fetchall()[0][0]
    last = max(last or 0, screened)
    ignored = con.execute("select count(*) from ignored where row_number <= ?", [last]).fetchall()[0][0]
    if con.execute("select 1 from ignored limit 1").fetchall():
        con.execute("delete from cells where row_number in (select row_number from ignored)")
    if parts := _parts(found):
        _swap(con, f"select *{parts} from cells")
    if found.wide:
        _lengthen(con, found, found.wide)
    return (last - found.last_header_row, ignored) if last else (0, 0)


def _add_note_lines(con: duckdb.DuckDBPyConnection, width: int) -> None:
    """Lines of one filled cell behind a footer and the last row of data go on with it: a note's second line, a date."""
    if not con.execute("select 1 from ignored where kind = 'footer' limit 1").fetchall():
        return
    filled = " + ".join(f"(c{i} is not null)::int" for i in range(width))
    con.execute(f"""insert into ignored
        with line as (select row_number, {filled} as filled from cells where row_number not in (select row_number from ignored))
        select row_number, 'footer' from line where filled = 1
          and row_number > (select min(row_number) from ignored where kind = 'footer')
          and row_number > coalesce((select max(row_number) from line where filled > 1), 0)""")


def _make_record(con: duckdb.DuckDBPyConnection, found: Recognition, record: tuple[int, tuple[str | None, ...]],
                 columns: str) -> tuple[int, int]:
    """A form is one record: its first row stands for it, the others are ignored."""
    row, texts = record
    values = ", ".join(f"{literal(text)}::varchar as c{i}" for i, text in enumerate(texts))
    con.execute(f"create or replace temp table cells as select {row}::bigint as row_number, {values}")
    con.execute("create or replace temp table ignored as select row_number, 'form' as kind from sheet "
                f"where row_number > {row}")
    last = con.execute(f"select max(row_number) from sheet where coalesce({columns}) is not null").fetchall()[0][0]
    rows_read = last - found.last_header_row
    return rows_read, rows_read - 1


def _swap(con: duckdb.DuckDBPyConnection, query: str) -> None:
    """Puts what `query` makes of `cells` in its place."""
    con.execute(f"create or replace temp table new_cells as {query}")
    con.execute("drop table cells")
    con.execute("alter table new_cells rename to cells")


def _repeated(found: Recognition) -> list[str]:
    """SQL: this row prints one of the header rows, or a line above them, again."""
    tests = []
    if found.numbers:         # 1 2 3 … under the header
        tests.append(" and ".join(f"c{i} = {literal(text)}" for i, text in found.numbers.items()))
    for line in found.header_lines:
        if len(line) >= 2:
            least = max(2, int(len(line) * REPEATED_SHARE + 0.999))
            equal = " + ".join(f"coalesce(c{i} = {literal(text)}, false)::int" for i, text in line.items())
            tests.append(f"({equal}) >= {least}")
        elif rest := [f"c{i}" for i in sorted(set().union(*found.header_lines)) if i not in line]:
            # One group label alone, over nothing else.
            index, text = next(iter(line.items()))
            tests.append(f"c{index} = {literal(text)} and coalesce({', '.join(rest)}, null) is null")
    if found.lines_above:     # page breaks repeat the title too
        tests.append(f"first in ({', '.join(map(literal, found.lines_above))})")
    return tests


def _lengthen(con: duckdb.DuckDBPyConnection, found: Recognition, wide: Wide) -> None:
    """Turns the rows of a wide layout into one row a figure: place c0, year c1, indicator c2, figure c3."""
    parts = []
    for index, (year, name) in found.figures.items():
        # One filled cell over several rows (merged in print, the first row only in CSV) speaks for the prefecture.
        single = f"(select count(c{index}) = 1 and count(*) > 1 from cells)" if name in wide.city_wide else "false"
        parts.append(f"select row_number, c{found.corner} as c0, {literal(year)} as c1, {literal(name)} as c2, "
                     f"c{index} as c3, {single} as city_wide from cells where c{index} is not null")
    flag = f', city_wide as "{wide.city_wide_column}"' if wide.city_wide_column else ""
    _swap(con, f"select row_number, c0, c1, c2, c3{flag} from ({' union all '.join(parts)}) order by row_number, c1, c2")


def _parts(found: Recognition) -> str:
    """SQL of the columns that are taken from a part of a cell, or counted from the top."""
    derived = found.plan.variant.derived if found.plan.variant else {}
    out = ""
    for bound in found.plan.columns:
        if bound.source is None:
            continue
        part, cell = derived[bound.column.name], f"c{bound.source}"
        if part.count:
            sql = f"case when {cell} is not null then count({cell}) over (order by row_number) end::varchar"
        elif part.pattern:
            sql = f"coalesce(nullif(regexp_extract({cell}, {literal(part.pattern)}, {part.group}), ''), {cell})"
        else:
            sql = cell
        out += f", {sql} as c{bound.index}"
    return out


def _drift(found: Recognition) -> str:
    """SQL of the columns nobody knows as one JSON object a row, null where they are all empty."""
    if not found.plan.unknown:
        return ""
    cells = ", ".join(f"c{index}" for index, _ in found.plan.unknown)
    pairs = ", ".join(f"{literal(header)}, c{index}" for index, header in found.plan.unknown)
    return f", case when coalesce({cells}) is not null then json_object({pairs})::varchar end as drift"


def total_mismatches(con: duckdb.DuckDBPyConnection, found: Recognition) -> list[tuple[int, str, str, str]]:
    """(row_number, column header, printed total, sentence) where a 合计 row is not the sum of the rows above it.

    小计 sums the rows since the total before it, the others all rows above. A column with a cell that is no
    plain number is not compared.
    """
    if found.wide or not con.execute("select 1 from ignored where kind = 'total' limit 1").fetchall():
        return []
    plan = found.plan
    summed = {b.index: b for b in plan.columns
              if b.index is not None and b.source is None and b.column.type in SUMMED}
    lead = ", ".join(f"c{i}" for i in range(max(min(summed, default=1), 1)))
    out: list[tuple[int, str, str, str]] = []
    for index, bound in summed.items():
        for row, text, value, above in _sums(con, found, f"c{index}", lead):
            decimals = len(text.partition(".")[2]) if re.fullmatch(r"[-0-9,.]+", text) else 0
            if round(above, decimals) != value:
                total = format(above, "f")
                total = total.rstrip("0").rstrip(".") if "." in total else total
                out.append((row, bound.column.header, text, (
                    f"{place(plan.file_name, plan.sheet)}第 {row} 行合计的“{bound.header}”为 {text}，"
                    f"与上面各行之和 {total} 不符，请核对。")))
    return out


def _sums(con: duckdb.DuckDBPyConnection, found: Recognition, cell: str, lead: str) -> list[tuple]:
    """(row, printed total, its value, sum of what it should sum) of each total row that can be compared."""
    nothing = ", ".join(map(literal, NOTHING))
    return con.execute(f"""
        with numbered as (
            select sheet.row_number, ignored.kind, trim({cell}) as text, coalesce({lead}) like '%小%' as partial,
                   try_cast(replace(translate(trim({cell}), '０１２３４５６７８９．－，', '0123456789.-,'), ',', '')
                       as decimal(38, 9)) as value
            from sheet left join ignored using (row_number)
            where sheet.row_number > {found.last_header_row} and (ignored.kind is null or ignored.kind = 'total')),
        summed as (
            select *,
                   count(*) filter (where kind is null and value is null and coalesce(text, '') not in ({nothing}))
                       over so_far as unreadable,
                   sum(value) filter (where kind is null) over so_far as above,
                   max(row_number) filter (where kind = 'total') over (
                       order by row_number rows between unbounded preceding and 1 preceding) as total_before
            from numbered window so_far as (order by row_number))
        select total.row_number, total.text, total.value,
               total.above - case when total.partial then coalesce(before.above, 0) else 0 end
        from summed as total left join summed as before on before.row_number = total.total_before
        where total.kind = 'total' and total.value is not null and total.unreadable = 0 and total.above is not null
        order by total.row_number""").fetchall()

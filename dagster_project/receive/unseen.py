"""What nobody sees who looks at a sheet on the screen: hidden sheets and rows, and formulas without a result."""

from __future__ import annotations

import duckdb
import pyarrow as pa

from dagster_project.receive.readers import Sheet
from dagster_project.receive.recognise import Recognition
from dagster_project.receive.refusal import place
from dagster_project.receive.sql import literal, store

HIDDEN_SHEET = "这张工作表是隐藏的，已照常接收；如果不是要报送的数据，请删除后重新报送。"
ROWS_SHOWN = 5


def hidden_note(con: duckdb.DuckDBPyConnection, sheet: Sheet) -> str | None:
    """A sentence when the sheet, or rows of data in `cells`, were hidden. They are received like any other."""
    notes = [HIDDEN_SHEET] if sheet.hidden else []
    if sheet.hidden_rows:
        store(con, "_hidden", pa.table({"row_number": pa.array(sheet.hidden_rows, pa.int64())}))
        rows = [row for (row,) in con.execute(
            "select distinct row_number from cells semi join _hidden using (row_number) order by 1").fetchall()]
        if rows:
            which = "、".join(map(str, rows[:ROWS_SHOWN])) + ("等" if len(rows) > ROWS_SHOWN else "")
            notes.append(f"有 {len(rows)} 行是隐藏行（第 {which} 行），已照常接收；如果不是要报送的数据，请删除后重新报送。")
    return "".join(notes) or None


def report_uncomputed(con: duckdb.DuckDBPyConnection, found: Recognition, sheet: Sheet) -> None:
    """An issue for each cell of `cells` that holds a formula without its result; of a rejected row the fault says so."""
    plan = found.plan
    columns = {(b.index if b.source is None else b.source): b.column.header for b in plan.columns if b.index is not None}
    at = [(row, columns[index]) for index, rows in sheet.uncomputed.items() if index in columns for row in rows]
    if not at:
        return
    store(con, "_uncomputed", pa.table({"row_number": pa.array([row for row, _ in at], pa.int64()),
                                        "column_name": pa.array([column for _, column in at], pa.string())}))
    con.execute("delete from _uncomputed where row_number not in (select row_number from cells)")
    where = literal(place(plan.file_name, plan.sheet))
    sentence = (f"{where} || '第 ' || t.row_number || ' 行的“' || t.column_name || '”是没有计算结果的公式，读不到它的值。"
                "请用 Excel 或 WPS 打开该文件，保存一次后重新放入收件箱。'")
    same = "u.row_number = t.row_number and u.column_name = t.column_name"
    con.execute(f"update rejected t set sentence = {sentence}, raw_value = '公式', masked_value = '公式' "
                f"from _uncomputed u where {same}")
    con.execute(f"delete from issues t using _uncomputed u where {same}")
    con.execute(f"""insert into issues by name
        select {literal(plan.content_hash)} as content_hash, {literal(plan.file_name)} as file_name,
               {literal(plan.sheet)} as sheet, t.row_number, {literal(plan.contract.id)} as table_id, t.column_name,
               '公式' as raw_value, '公式' as masked_value, 'BAD_VALUE' as code, {sentence} as sentence
        from _uncomputed t anti join rejected u on {same} order by t.row_number, t.column_name""")

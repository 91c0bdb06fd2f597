"""What is wrong with a row, told in a sentence: tables `rejected` and `issues` (spec 1.3, rulings 6.1.9)."""

from __future__ import annotations

from dataclasses import dataclass

import duckdb

from dagster_project.receive.contracts import Column, Type
from dagster_project.receive.keys import PLACES, present, stored, wanted
from dagster_project.receive.masking import masked
from dagster_project.receive.plan import SheetPlan
from dagster_project.receive.sql import literal, name

# {h} header, {v} the (masked) value where it may be shown, {d} the file's date.
_AGAIN = "这一行没有入账，请更正后重新报送。"
_SENTENCES = {
    "MISSING_REQUIRED": "“{h}”没有填写，这一行无法入账，请补填后重新报送。",
    "MISSING_VALUE": "“{h}”没有填写，按未知处理，请补填。",
    "COUNTY_UNKNOWN": "从“{h}”{v}以及文件名、信用代码、住所都认不出所属旗县区，请写明所在市和旗县区的全称。",
    "CHECK_DIGIT": "“{h}”{v}的末位校验码不符，已照原样保留，请对照营业执照核对。",
    "ID_PRECISION_LOST": "“{h}”的末几位已被表格软件改掉，请把该列设为文本格式，重新填写完整的18位号码。",
    "BAD_IDENTITY": "“{h}”不是有效的身份证号码（位数、出生日期或校验码不符），请对照证件更正。",
    "DATE_FUTURE": "“{h}”{v}晚于这份数据的日期{d}，按未知处理，请核对更正。",
    "BAD_DATE": "“{h}”{v}不是可用的日期，按未知处理，请写成2024-07-01这样的完整日期。",
    "MONTH_AMBIGUOUS": "“{h}”{v}分不清是1月还是10月，按未知处理，请写成2024-01或2024-10。",
    "BAD_NUMBER": "“{h}”{v}不是可用的数字，按未知处理，请只填数字（件数、人数须为整数，单位写在表头）。",
    "FOREIGN_CURRENCY": "“{h}”{v}是外币金额，按未知处理，请折算成人民币填写。",
    "UNIT_UNKNOWN": "“{h}”{v}没有写明计量单位，分不清是元还是万元，按未知处理，请写明单位。",
    "PERCENT_RANGE": "“{h}”{v}超过100且没有百分号，按未知处理，请写成35%这样的百分数。",
    "UNKNOWN_VALUE": "“{h}”{v}不在规定的选项之中，已归入“其他”并保留原文，请改用规定的选项。",
    "REGION_OLD": "“{h}”{v}是已经撤并的旧区划名称或代码，已按现行区划入账，请更新。",
    "CLASS_CONFLICT": "“{h}”{v}与统一社会信用代码第1至2位表示的主体类别不一致，以代码为准，请核对登记类型。",
    "BAD_VALUE": "“{h}”{v}无法识别，按未知处理，请改用规定的写法。",
}
_BY_TYPE = {
    (
        "BAD_CODE",
        Type.credit_code,
    ): "“{h}”{v}不是18位统一社会信用代码（数字和大写字母，不含I、O、Z、S、V），请对照营业执照更正。",
    ("BAD_CODE", Type.farm_code): "“{h}”{v}不是18位一码通编码（数字和大写字母），请对照赋码信息更正。",
    ("BAD_DATE", Type.month): "“{h}”{v}不是可用的月份，按未知处理，请写成2024-07这样的年月。",
    ("BAD_VALUE", Type.year): "“{h}”{v}不是可用的年份，按未知处理，请写成2024这样的四位年份。",
    ("BAD_VALUE", Type.boolean): "“{h}”{v}看不出是还是否，按未知处理，请填“是”或“否”。",
    ("UNKNOWN_VALUE", Type.region): "“{h}”{v}认不出是哪个旗县区，已按信用代码或住所归属，请写规范的全称。",
    ("UNIT_UNKNOWN", Type.area): "“{h}”{v}的面积单位无法识别，按未知处理，请换算成亩填写。",
}


@dataclass(frozen=True)
class Check:
    """One thing that can be wrong: SQL over `_full` of when, and of which code and cause it then has."""

    column: Column
    condition: str
    code: str
    cause: str
    rejects: bool


def checks_of(plan: SheetPlan, faulty: set[str]) -> list[Check]:
    """Everything that can be wrong with a row of this sheet. `faulty`: columns with a `<name> fault`."""
    contract = plan.contract
    bound = {b.column.name: b for b in plan.columns}
    out: list[Check] = []

    def given(column: Column) -> str:
        return name(column.name + " fault") if column.name in faulty else "null::varchar"

    def missing(column: Column, condition: str) -> Check:
        why = given(column)
        code = f"case when {why} is null then 'MISSING_REQUIRED' else '{rejection_code(column)}' end"
        return Check(
            column,
            f"({stored(column)} is null and {condition})",
            code,
            f"coalesce({why}, 'MISSING_REQUIRED')",
            True,
        )

    def noted(column: str, condition: str) -> Check:
        return Check(
            contract.column(column),
            f"county_note is not null and county_code is not null and {condition}",
            "county_note",
            "county_note",
            False,
        )

    for n, b in bound.items():
        why = given(b.column)
        if n in faulty:
            out.append(Check(b.column, f"{why} is not null", why, why, False))
        if (b.column.required or b.column.expected) and not b.column.not_blank:
            said = f" and coalesce({name(n + '_is_public')}, true)" if b.column.withheld else ""
            if b.column.type is Type.credit_code and any(c.name == "registration_no" for c in contract.columns):
                said += " and registration_no is null"
            blank = (
                f"{name(n + '_state')} = 'blank'" if b.column.type is Type.identity else f"{stored(b.column)} is null"
            )
            out.append(Check(b.column, f"{blank} and {why} is null{said}", "'MISSING_VALUE'", "'MISSING_VALUE'", False))
    out += [missing(column, "true") for column in contract.columns if column.not_blank]
    keyless = " and ".join(f"not {present(contract, alternative)}" for alternative in contract.key)
    told = wanted(contract, bound)
    for n in dict.fromkeys(key for alternative in contract.key for key in alternative if key not in PLACES):
        column = contract.column(n)
        unusable = "true" if n in told else f"{given(column)} is not null"
        out.append(missing(column, f"{keyless} and {unusable}"))
    county = next((c.name for c in contract.columns if c.type is Type.region and c.region == "county"), None)
    code = next((c.name for c in contract.columns if c.type is Type.credit_code and c.name in bound), None)
    blank = f"{name(county)} is null" if county else "true"
    unknown = "county_code is null" if contract.placed else "false"
    if county and contract.column(county).not_blank:
        unknown += f" and not ({blank})"  # told as missing
    where = contract.column(county or code or contract.columns[0].name)
    out.append(Check(where, f"({unknown})", "'COUNTY_UNKNOWN'", "'COUNTY_UNKNOWN'", True))
    if county:
        out.append(noted(county, f"not ({blank})"))
    if code:
        out.append(noted(code, blank))
    return out


def rejection_code(column: Column) -> str:
    """The rejection that an unusable value of this column becomes, where the row cannot do without it."""
    if column.type in (Type.credit_code, Type.farm_code):
        return "BAD_CODE"
    return "BAD_DATE" if column.type in (Type.date, Type.month) else "BAD_VALUE"


def sentence(column: Column, cause: str, rejects: bool, snapshot: str, shown: str | None) -> str:
    """SQL of the sentence. `shown`: SQL of the value as it may be shown, None when it may not."""
    text = _BY_TYPE.get((cause, column.type)) or _SENTENCES[cause]
    if rejects and cause not in ("MISSING_REQUIRED", "COUNTY_UNKNOWN"):
        text = text.replace("按未知处理，", "").removesuffix("。") + "；" + _AGAIN
    text = text.replace("{h}", column.header).replace("{d}", snapshot)
    if shown is None:
        return literal(text.replace("{v}", ""))
    before, found, after = text.partition("{v}")
    if not found:
        return literal(text)
    return f"{literal(before)} || coalesce('的“' || left({shown}, 40) || '”', '') || {literal(after)}"


def _row_as_json(plan: SheetPlan) -> str:
    """SQL of the whole row, header → text."""
    headers = {(b.index if b.source is None else b.source): b.header for b in plan.columns if b.index is not None}
    headers |= dict(plan.unknown)
    taken: dict[str, int] = {}
    for index, header in sorted(headers.items()):
        taken.setdefault(header if header not in taken else f"{header}_{index}", index)
    return f"json_object({', '.join(f'{literal(h)}, c.c{i}' for h, i in taken.items())})"


def write_faults(con: duckdb.DuckDBPyConnection, cells: str, plan: SheetPlan, checks: list[Check]) -> None:
    """Make `rejected` and `issues` of the rows of `_full`; class conflicts also of rows out of scope."""
    counted = ", ".join(f"count(*) filter ({c.condition})" for c in checks)
    inside = con.sql(f"select {counted} from _full").fetchall()[0]
    met = [check for check, n in zip(checks, inside, strict=True) if n]
    found = ["select 0::bigint rid, '' column_name, '' code, '' cause, false rejects where false"]
    found += [
        f"select rid, {literal(c.column.name)}, {c.code}, {c.cause}, {c.rejects} from _full where {c.condition}"
        for c in met
    ]
    if plan.contract.in_scope == "registry" and plan.bound("kind"):
        found.append("select rid, 'kind', 'CLASS_CONFLICT', 'CLASS_CONFLICT', false from _read where \"kind conflict\"")
    con.execute("create or replace temp table _found as " + " union ".join(found))
    # A fault that rejects the row hides the issue of the same column.
    con.execute(
        "create or replace temp table _fault as select * from _found f where rejects or not exists "
        "(from _found x where x.rid = f.rid and x.column_name = f.column_name and x.rejects)"
    )
    lineage = (
        f"{literal(plan.content_hash)} content_hash, {literal(plan.file_name)} file_name, "
        f"{literal(plan.sheet)} sheet, "
        f"c.row_number, {literal(plan.contract.id)} table_id"
    )
    parts = [
        f"select 0::bigint rid, {lineage}, '' column_name, '' raw_value, '' masked_value, '' code, "
        f"'' sentence, false rejects from {cells} c where false"
    ]
    for column_name, code, cause, rejects in sorted(
        con.sql("select distinct column_name, code, cause, rejects from _fault").fetchall()
    ):
        column, at = plan.contract.column(column_name), plan.bound(column_name)
        raw = "null::varchar" if at is None else literal(at.context_value) if at.index is None else f"c.c{at.index}"
        personal = None if column.personal == "public_representative" else column.personal
        shown = masked(raw, personal)
        told = sentence(column, cause, rejects, plan.snapshot_date.isoformat(), None if personal else shown)
        parts.append(
            f"select f.rid, {lineage}, {literal(column.header)}, {raw}, {shown}, f.code, {told}, f.rejects "
            f"from _fault f join {cells} c on c.rowid = f.rid where f.column_name = {literal(column_name)} "
            f"and f.code = {literal(code)} and f.cause = {literal(cause)} and f.rejects = {rejects}"
        )
    con.execute("create or replace temp table _told as " + " union all ".join(parts))
    con.execute(
        "create or replace temp table issues as select distinct * exclude (rid, rejects) from _told "
        "where not rejects order by row_number, column_name, code"
    )
    con.execute(
        "create or replace temp table rejected as "
        "select distinct t.* exclude (rid, rejects), s.scope, s.entity_key, "
        f"{_row_as_json(plan)}::varchar cells from _told t join {cells} c on c.rowid = t.rid "
        "join (select rid, scope, entity_key from _full where not keep) s on s.rid = t.rid "
        "where t.rejects order by t.row_number, t.column_name, t.code"
    )

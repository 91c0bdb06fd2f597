"""The month's front page: workbooks, what came, what is missing, what is wrong; one file that asks nobody."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from pathlib import PurePath
from urllib.parse import quote

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from exports import figures
from exports.form import Scope, source_title
from exports.header import UNKNOWN
from exports.reading import Reading

LISTED = 200  # faults and sheets shown on the page; the tables hold all
OUTCOMES = {
    "accepted": "接收",
    "partly": "部分接收",
    "rejected": "退回",
    "duplicate": "重复",
    "ignored": "忽略",
}
SHELL_STATES = ("疑似空壳", "关注", "正常", "无法判断")
RETURN_STATES = ("达标", "未达标", "勾稽不符", "无可分配盈余", "不适用-联合社", "数据缺失")

_ENVIRONMENT = Environment(
    loader=PackageLoader("exports", "."),
    autoescape=select_autoescape(default=True),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_ENVIRONMENT.filters |= {
    "number": lambda value: UNKNOWN if value is None else f"{value:,}",
    "table": source_title,
    "href": lambda path: quote(PurePath(path).as_posix()),
    "size": lambda size: f"{max(1, round(size / 1024)):,} KB",
}

Links = Sequence[tuple[Scope, Sequence[tuple[int | None, str, PurePath, int]]]]


def page(reading: Reading, links: Links) -> str:
    """The page for the scopes and workbooks of `links`: (form number, title, path below the month, bytes)."""
    counties = {code: name for scope, _ in links for code, name in scope.counties.items()}
    return _ENVIRONMENT.get_template("index.html.j2").render(
        month=reading.month,
        closed_by=reading.con.execute("select closed_by from report_month").fetchall()[0][0],
        comparison=PurePath(f"更正对照表_{reading.month.first:%Y-%m}_第{reading.month.edition}版.xlsx"),   # books.issue
        links=links,
        listed=LISTED,
        outcomes=OUTCOMES,
        unknown=UNKNOWN,
        totals=_totals(reading),
        tables=_tables(reading),
        sheets=_sheets(reading),
        refused=_refused(reading),
        gaps=_gaps(reading, [scope for scope, _ in links], counties),
        codes=_codes(reading),
        faults=_faults(reading),
        shell_states=SHELL_STATES,
        shells=_by_county(reading, "shell_status", "status", "true", counties, SHELL_STATES),
        rules=_rules(reading, list(counties)),
        return_states=RETURN_STATES,
        returns=_by_county(
            reading,
            "surplus_return",
            "return_status",
            "is_current_year and in_force",
            counties,
            RETURN_STATES,
        ),
        coverage=_coverage(reading, [scope for scope, _ in links]),
    )


def _totals(reading: Reading) -> dict[str, int]:
    row = reading.con.execute(
        """select count(distinct content_hash) filter (where outcome <> 'duplicate'), count(*),
                  coalesce(sum(rows_read), 0)::bigint, coalesce(sum(accepted), 0)::bigint,
                  coalesce(sum(rejected), 0)::bigint, coalesce(sum(out_of_scope), 0)::bigint,
                  coalesce(sum(ignored), 0)::bigint from received_sheet"""
    ).fetchall()[0]
    issues = reading.con.execute("select count(*) from value_issue").fetchall()[0]
    return dict(
        zip(
            ("files", "sheets", "read", "accepted", "rejected", "out_of_scope", "ignored", "issues"),
            (*row, *issues),
            strict=True,
        )
    )


def _tables(reading: Reading) -> list[tuple]:
    """Per source table: files, newest date, rows read, accepted, rejected, out of scope, ignored."""
    return reading.con.execute(
        """select table_id, count(distinct content_hash), max(snapshot_date), sum(rows_read)::bigint,
                  sum(accepted)::bigint, sum(rejected)::bigint, sum(out_of_scope)::bigint,
                  sum(ignored)::bigint
           from received_sheet where outcome in ('accepted', 'partly') group by table_id order by table_id""",
    ).fetchall()


def _sheets(reading: Reading) -> list[tuple]:
    """The sheets received last."""
    return reading.con.execute(
        f"""select file_name, sheet, table_id, snapshot_date, snapshot_date_assumed, outcome, rows_read,
                   accepted, rejected, out_of_scope, ignored, reason
            from received_sheet order by received_order desc, file_name, sheet_index limit {LISTED}"""
    ).fetchall()


def _refused(reading: Reading) -> list[tuple]:
    return reading.con.execute(
        """select file_name, sheet, reason_code, reason from received_sheet where outcome = 'rejected'
           order by received_order, file_name, sheet_index"""
    ).fetchall()


def _gaps(reading: Reading, scopes: Sequence[Scope], counties: dict[str, str]) -> list[tuple]:
    """(table, state, the counties named, newest date) of what is missing, stale, held back or late."""
    codes = [*counties, *(scope.code for scope in scopes)]
    found = reading.con.execute(
        """select table_id, state, list(distinct county_code order by county_code), max(delivered_on)
           from delivery where state not in ('当期', '月内') and county_code in (select unnest(?::varchar[]))
           group by table_id, state order by table_id, state""",
        [codes],
    ).fetchall()
    return [
        (table, state, [reading.deliverer(table, code, scopes) for code in where], day)
        for table, state, where, day in found
    ]


def _codes(reading: Reading) -> list[tuple]:
    return reading.con.execute(
        """select '退回' as kind, code, count(*) from rejected_row group by code
           union all select '数值问题', code, count(*) from value_issue group by code
           order by kind desc, 3 desc, code"""
    ).fetchall()


def _faults(reading: Reading) -> list[tuple]:
    return reading.con.execute(
        f"""select '退回', file_name, sheet, row_number, column_name, sentence from rejected_row
            union all select '数值问题', file_name, sheet, row_number, column_name, sentence from value_issue
            order by 1 desc, file_name, sheet, row_number, column_name limit {LISTED}"""
    ).fetchall()


def _by_county(
    reading: Reading, table: str, column: str, condition: str, counties: dict[str, str], states: Sequence[str]
) -> list[tuple[str, dict[str, int]]]:
    """Entities by county and state, for counties that have any."""
    counts: dict[str, dict[str, int]] = {}
    for county, state, number in reading.con.execute(
        f"""select county_code, {column}, count(*) from {table} where {condition}
            and county_code in (select unnest(?::varchar[])) group by all""",
        [list(counties)],
    ).fetchall():
        counts.setdefault(county, dict.fromkeys(states, 0))[state] = number
    return [(name, counts[code]) for code, name in counties.items() if code in counts]


def _rules(reading: Reading, counties: Sequence[str]) -> list[tuple]:
    """Per shell rule: how often it fired, lacked its inputs, did not apply."""
    return reading.con.execute(
        """select f.rule_id, any_value(r.name), count(*) filter (where outcome = 'fired'),
                  count(*) filter (where outcome = 'unknown'), count(*) filter (where outcome = 'exempt'),
                  any_value(f.basis)
           from shell_flag f left join (select rule_id, min(name) as name from shell_rule group by rule_id) r
                on r.rule_id = f.rule_id
           where f.county_code in (select unnest(?::varchar[])) group by f.rule_id order by f.rule_id""",
        [list(counties)],
    ).fetchall()


def _coverage(reading: Reading, scopes: Sequence[Scope]) -> list[tuple]:
    """(region, measure, numerator, denominator, shown value, shown target, status, stale) of the scopes."""
    rows = reading.con.execute(
        """select c.region_code, c.region_level, coalesce(m.name, c.measure_id), c.numerator, c.denominator,
                  c.target, c.status, c.stale
           from coverage c left join measure m on m.measure_id = c.measure_id
           where c.region_code in (select unnest(?::varchar[])) order by c.measure_id""",
        [[scope.code for scope in scopes]],
    ).fetchall()
    return [
        (
            scope.name,
            name,
            numerator,
            denominator,
            _percent(numerator, denominator, target),
            _percent(target, 1, None),
            status,
            stale,
        )
        for scope in scopes
        for code, level, name, numerator, denominator, target, status, stale in rows
        if (code, level) == (scope.code, scope.level)
    ]


def _percent(
    numerator: Decimal | int | None, denominator: Decimal | int | None, target: Decimal | None
) -> str:
    shown = figures.percent(numerator, denominator, target)
    if shown is None:
        return UNKNOWN
    decimals = len(shown.number_format.partition(".")[2])
    return f"{figures.rounded(shown.value, decimals)}%"

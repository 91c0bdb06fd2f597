"""Issuing an edition: forms, marts and manifest are staged beside what is published, and put in place with it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import duckdb

from dagster_project.books.causes import Causes
from dagster_project.books.closing import Closing, published_books
from dagster_project.books.manifest import (
    POLICY,
    REGISTER,
    TREND,
    FileLine,
    Manifest,
    code_sha256,
    key_fingerprint,
    libraries,
    read_manifest,
    receiving_settings,
    reference,
    sha256,
)
from dagster_project.lake import quoted
from dagster_project.months import WrongUse, current_scopes, month_end, previous_month
from dagster_project.previous_edition import MANIFEST, Edition, editions
from dagster_project.publish import WITHOUT_MONTH, PublishedTable
from dagster_project.settings import Settings
from dagster_project.warehouse_build import policy_seeds
from exports.comparison import write_comparison

CORRECTED = "所依据月份已更正"
OF_THE_BOOKS = ("report_month",)    # says itself that the month is closed


def stage_edition(settings: Settings, tables: list[PublishedTable], month: date, closing: Closing) -> Edition:
    """Lays the edition below `staged/ledger/`, from what this run has staged. The manifest is written last.

    Raises WrongUse when the month's figures are not those of the draft that a person has seen (close), or are
    those of the edition before (restate).
    """
    before, replaced = editions(settings, month), editions(settings).get(month)
    edition = Edition(month, closing.edition, settings.staged / settings.ledger.relative_to(settings.home)
                      / f"{month:%Y-%m}" / str(closing.edition))
    if replaced is None:
        _refuse_other_than_the_draft(settings, tables, month)
    _lay_marts(settings, tables, edition)
    for zone in ("exports", "restricted"):
        made = settings.staged / zone / f"{month:%Y-%m}"
        if made.exists():
            shutil.copytree(made, edition.folder / zone)
    shutil.copytree(policy_seeds(settings), edition.folder / POLICY, ignore=shutil.ignore_patterns("*.yml"))
    lines = _lay_inputs(settings, edition)
    if replaced and closing.edition == replaced.number + 1:
        _lay_comparison(settings, tables, replaced, edition, closing)
    manifest = Manifest(
        month=f"{month:%Y-%m}", edition=closing.edition, status=closing.status, closed_by=closing.closed_by,
        closed_on=closing.closed_on, reason=closing.reason, as_of=month_end(month), scopes=current_scopes(settings),
        previous_edition=reference(before[previous_month(month)]) if previous_month(month) in before else None,
        rests_on=[reference(earlier) for earlier in before.values()],
        replaces=reference(replaced) if replaced else None,
        software_version=closing.software_version, code_sha256=code_sha256(), libraries=libraries(),
        settings=receiving_settings(settings), key_fingerprint=key_fingerprint(settings),
        register_lines=lines, register_sha256=sha256(edition.folder / REGISTER), files=list(_files(edition)))
    (edition.folder / MANIFEST).write_text(manifest.model_dump_json(indent=1) + "\n", encoding="utf-8")
    return edition


def _lay_marts(settings: Settings, tables: list[PublishedTable], edition: Edition) -> None:
    (edition.folder / "marts").mkdir(parents=True)
    for table in tables:
        shutil.copyfile(staged_part(settings, table.name, edition.month), edition.mart(table.name))


def staged_part(settings: Settings, table: str, month: date) -> Path:
    folder = settings.staged / "lake" / "marts" / table
    return (folder if table in WITHOUT_MONTH else folder / f"report_month={month.isoformat()}") / "part.parquet"


def _lay_inputs(settings: Settings, edition: Edition) -> int:
    """What the run read beside the archive's objects: the register so far and the trend of earlier months; its lines."""
    (edition.folder / "inputs").mkdir()
    register, trend = settings.archive / "register.jsonl", settings.lake / "previous" / "data_quality" / "part.parquet"
    content = register.read_bytes() if register.exists() else b""
    whole = content[: content.rfind(b"\n") + 1]
    (edition.folder / REGISTER).write_bytes(whole)
    if trend.exists():
        shutil.copyfile(trend, edition.folder / TREND)
    return whole.count(b"\n")


def _lay_comparison(settings: Settings, tables: list[PublishedTable], replaced: Edition, edition: Edition,
                    closing: Closing) -> None:
    """The workbooks that hold every changed cell against the edition before; restricted forms have their own."""
    month, changed = edition.month, 0
    causes, rows = Causes(settings, replaced, edition, closing.software_version), differing_marts(replaced, edition)
    figures = [(table.comment, table.name, *rows[table.name]) for table in tables if table.name in rows]
    for zone in ("exports", "restricted"):
        title = f"{month.year}年{month.month}月更正对照表（第{replaced.number}版 → 第{edition.number}版）"
        content, cells = write_comparison(replaced.folder / zone, edition.folder / zone, title, month_end(month), causes,
                                          figures if zone == "exports" else [])
        changed += cells
        if content is not None:
            name = f"更正对照表_{month:%Y-%m}_第{edition.number}版.xlsx"
            for folder in (edition.folder / zone, settings.staged / zone / f"{month:%Y-%m}"):
                folder.mkdir(parents=True, exist_ok=True)
                (folder / name).write_bytes(content)
    if not changed and not rows:
        raise WrongUse(f"{month:%Y-%m} 按现有数据重新计算后与第 {replaced.number} 版完全一致，没有可更正的内容，未出新版。")


def differing_marts(left: Edition, right: Edition) -> dict[str, tuple[int, int]]:
    """Tables of the month whose rows differ: (rows only in the left, only in the right)."""
    found: dict[str, tuple[int, int]] = {}
    for path in sorted((right.folder / "marts").glob("*.parquet")):
        if path.stem not in (*WITHOUT_MONTH, *OF_THE_BOOKS) and (rows := row_difference(left.mart(path.stem), path)):
            found[path.stem] = rows
    return found


def row_difference(left: Path, right: Path) -> tuple[int, int] | None:
    """How many rows stand in one Parquet alone and how many in the other; None when they are equal.

    The number of the edition, printed on every row, is no figure. A missing file or another set of columns
    differs in every row.
    """
    with duckdb.connect() as con:
        columns, sides = [], []
        for name, path in (("l", left), ("r", right)):
            found: list[tuple[str, str]] = []
            if path.exists():
                con.execute(f"create view {name} as from read_parquet('{quoted(path)}', hive_partitioning = false)")
                found = [(row[0], row[1]) for row in con.execute(f"describe {name}").fetchall() if row[0] != "edition"]
            columns.append(found)
            sides.append(con.execute(f"select count(*) from {name}").fetchall()[0][0] if path.exists() else 0)
        if columns[0] != columns[1]:
            return sides[0], sides[1]
        listed = ", ".join(f'"{name}"' for name, _ in columns[0])
        alone = [con.execute(f"select count(*) from (select {listed} from {one} except all select {listed} from {other})")
                 .fetchall()[0][0] for one, other in (("l", "r"), ("r", "l"))]
    return (alone[0], alone[1]) if any(alone) else None


def _refuse_other_than_the_draft(settings: Settings, tables: list[PublishedTable], month: date) -> None:
    """A person closes what he has seen: the published draft."""
    if not published_books(settings, month).exists():
        return      # a rebuild, elsewhere
    changed = []
    for table in tables:
        if table.name not in (*WITHOUT_MONTH, *OF_THE_BOOKS):
            draft = settings.lake / "marts" / table.name / f"report_month={month.isoformat()}" / "part.parquet"
            if row_difference(draft, staged_part(settings, table.name, month)):
                changed.append(table.comment)
    if changed:
        raise WrongUse(f"{month:%Y-%m} 发布之后数据、政策或软件有变化（{'、'.join(changed[:5])}"
                       f"{f'等 {len(changed)} 张表' if len(changed) > 5 else ''}），没有关账。"
                       f"请先运行 coopledger run --month {month:%Y-%m}，核对后再关账。")


def _files(edition: Edition) -> Iterator[FileLine]:
    with duckdb.connect() as con:
        for path in sorted(path for path in edition.folder.rglob("*") if path.is_file()):
            rows = None
            if path.suffix == ".parquet":
                rows = con.execute(f"select count(*) from read_parquet('{quoted(path)}')").fetchall()[0][0]
            yield FileLine(path=path.relative_to(edition.folder).as_posix(), sha256=sha256(path),
                           bytes=path.stat().st_size, rows=rows)


def stage_marks(settings: Settings, issued: Edition | None = None) -> list[date]:
    """Marks closed months whose newest edition rests on one that is not the newest any more; their months.

    `issued`: an edition that is still staged. The marked editions stay as they are; only the published one-row table
    of their books says so.
    """
    closed = editions(settings)
    newest = {month: edition.number for month, edition in closed.items()}
    if issued:
        newest[issued.month] = issued.number
        closed.pop(issued.month, None)
    marked = []
    for month, edition in closed.items():
        rests_on = {date.fromisoformat(f"{ref.month}-01"): ref.edition for ref in read_manifest(edition).rests_on}
        if any(newest.get(earlier, number) != number for earlier, number in rests_on.items()):
            marked.append(month)
            part = staged_part(settings, "report_month", month)
            part.parent.mkdir(parents=True, exist_ok=True)
            with duckdb.connect() as con:
                con.execute(f"""copy (select * replace ('{CORRECTED}' as remark)
                                      from read_parquet('{quoted(published_books(settings, month))}',
                                                        hive_partitioning = false))
                                to '{quoted(part)}' (format parquet, compression zstd)""")
    return marked


def tidy(settings: Settings, edition: Edition) -> None:
    """Takes away forms of the drafts that the edition does not have."""
    for zone in (settings.exports, settings.restricted_exports):
        folder, kept = zone / f"{edition.month:%Y-%m}", edition.folder / zone.name
        for path in sorted(folder.rglob("*"), reverse=True):
            if path.is_file() and not (kept / path.relative_to(folder)).exists():
                path.unlink()
            elif path.is_dir() and not any(path.iterdir()):
                path.rmdir()

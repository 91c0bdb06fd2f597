"""`coopledger rebuild`: everything anew in an empty home, from archive, ledger and key, and the proof that it is equal."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any

import duckdb

from dagster_project.books.closing import Status
from dagster_project.books.issue import row_difference, stage_marks
from dagster_project.books.manifest import read_manifest
from dagster_project.books.scratch import environment_of, moved
from dagster_project.books.side_by_side import verify_side_by_side
from dagster_project.books.verify import Difference
from dagster_project.lake import prepare, quoted
from dagster_project.months import WrongUse
from dagster_project.previous_edition import Edition, editions
from dagster_project.publish import WITHOUT_MONTH, publish, published_tables, start_staging, write_warehouse
from dagster_project.published_views import published_views
from dagster_project.receive.landing import receive
from dagster_project.settings import Settings
from dagster_project.warehouse_build import load_manifest, project

TRUTH = ("archive", "ledger", "secret")


def rebuild(settings: Settings, into: Path, today: date, say: Callable[[str], None]) -> dict[str, Any]:
    """Makes `into` a home from this one's archive, ledger and key; every difference from what stands here.

    Closed months: their newest editions are made again, compared with what was issued, and published. Open months
    that are published here are run. `today`: the caller's own date. Raises WrongUse unless `into` is empty.
    """
    if into.exists() and any(into.iterdir()):
        raise WrongUse(f"文件夹“{into}”不是空的，请换一个空文件夹。")
    new = moved(settings, into)
    for name in TRUTH:
        if (settings.home / name).exists():
            shutil.copytree(settings.home / name, into / name)
    prepare(new)
    receive(new, say, inbox=False)
    closed = editions(new)
    months = verify_side_by_side(new, list(closed), say)
    found = [Difference(**one) for month in months for one in month["differences"]]
    for edition in sorted(closed.values(), key=lambda one: read_manifest(one).register_lines):
        _put_in_place(new, edition)     # the tables of what was received are those of whoever knew most
    opened = _open_months(settings)
    for month, (scopes, _) in opened.items():
        _run(new, month, scopes, today)
    if closed:
        _publish(new)
    receipts = sum(1 for _ in (settings.archive / "register.jsonl").open("rb")) if opened else 0
    later = [month for month, (_, known) in opened.items() if known < receipts]
    found += _published_differences(settings, new, later)
    return {
        "home": str(into), "equal": not found, "closed": [f"{month:%Y-%m}" for month in closed],
        "open": [f"{month:%Y-%m}" for month in opened], "received_since": [f"{month:%Y-%m}" for month in later],
        "workbooks": sum(month["workbooks"] for month in months), "rows": sum(month["rows"] for month in months),
        "differences": [asdict(one) for one in found],
    }


def _put_in_place(settings: Settings, edition: Edition) -> None:
    """Forms and rows of an edition, where a run would have published them."""
    for zone in (settings.exports, settings.restricted_exports):
        if (edition.folder / zone.name).exists():
            shutil.copytree(edition.folder / zone.name, zone / f"{edition.month:%Y-%m}", copy_function=shutil.copyfile)
    for path in (edition.folder / "marts").glob("*.parquet"):
        folder = settings.lake / "marts" / path.stem
        if path.stem not in WITHOUT_MONTH:
            folder = folder / f"report_month={edition.month.isoformat()}"
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, folder / "part.parquet")


def _open_months(settings: Settings) -> dict[date, tuple[list[str], int]]:
    """Months published here and not closed: their scopes, and the lines of the register that they knew."""
    parts = sorted((settings.lake / "marts" / "report_month").glob("report_month=*/part.parquet"))
    found = {}
    with duckdb.connect() as con:
        for part in parts:
            status, scopes, receipts = con.execute(
                f"select status, scopes, receipts from read_parquet('{quoted(part)}', hive_partitioning = false)"
            ).fetchall()[0]
            if status == Status.open:
                month = date.fromisoformat(part.parent.name.partition("=")[2])
                found[month] = [code for code in scopes.split(",") if code], receipts
    return found


def _run(settings: Settings, month: date, scopes: list[str], today: date) -> None:
    from dagster_project.house import run_once

    with environment_of(settings):
        run_once(settings, month=f"{month:%Y-%m}", today=today.isoformat(), scopes=scopes)


def _publish(settings: Settings) -> None:
    """The warehouse of all months, with the marks of those whose basis was corrected."""
    start_staging(settings)
    stage_marks(settings)
    write_warehouse(settings, published_tables(load_manifest(settings)), published_views(project(settings)))
    publish(settings)


def _published_differences(settings: Settings, new: Settings, later: list[date]) -> Iterator[Difference]:
    """What is published there and here. Months run before the newest receipts are left out: they may differ."""
    left_out = {f"{month:%Y-%m}" for month in later}
    for zone in (settings.exports, settings.restricted_exports):
        other = new.home / zone.name
        names = {path.relative_to(root).as_posix() for root in (zone, other) for path in root.rglob("*") if path.is_file()}
        for name in sorted(names):
            if name.partition("/")[0] not in left_out:
                old, made = zone / name, other / name
                if not (old.exists() and made.exists()):
                    yield Difference("发布", f"{zone.name}/{name}", "重建没有这个文件" if old.exists() else "只有重建有这个文件")
                elif old.read_bytes() != made.read_bytes():
                    yield Difference("发布", f"{zone.name}/{name}", "字节不同")
    marts = settings.lake / "marts"
    parts = {path.relative_to(root).as_posix() for root in (marts, new.lake / "marts") for path in root.rglob("*.parquet")}
    for name in sorted(parts):
        if name.partition("report_month=")[2][:7] not in left_out and (later == [] or "report_month=" in name) and (
                rows := row_difference(marts / name, new.lake / "marts" / name)):
            yield Difference("发布", f"marts/{name}", f"只在原处的行 {rows[0]}，只在重建处的行 {rows[1]}")

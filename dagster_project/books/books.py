"""Closing and restating a month: the main job, told to issue an edition."""

from __future__ import annotations

from datetime import date
from typing import Any

import duckdb

from dagster_project.books.closing import Closing, first_closing, issued, published_books, restatement
from dagster_project.books.manifest import read_manifest
from dagster_project.lake import quoted
from dagster_project.settings import Settings


def close_month(settings: Settings, month: date, by: str, day: date) -> dict[str, Any]:
    """Issues the first edition of a month that was run and looked at; what was issued, as data.

    The inbox is not read: what came since the draft is for the next run. Raises WrongUse.
    """
    closing = first_closing(settings, month, by, day)
    return _issue(settings, month, closing, _published_scopes(settings, month))


def restate_month(settings: Settings, month: date, by: str, reason: str, day: date) -> dict[str, Any]:
    """Issues the next edition of a closed month from everything received so far, with a comparison. Raises WrongUse,
    also when nothing would change."""
    closing = restatement(settings, month, by, reason, day)
    return _issue(settings, month, closing, read_manifest(issued(settings, month)).scopes)


def _issue(settings: Settings, month: date, closing: Closing, scopes: list[str]) -> dict[str, Any]:
    from dagster_project.house import run_once

    metadata = run_once(settings, month=f"{month:%Y-%m}", today=closing.closed_on.isoformat(), scopes=scopes,
                        closing=closing.model_dump_json())
    edition = issued(settings, month, closing.edition)
    manifest = read_manifest(edition)
    books = [line for line in manifest.files if line.path.endswith(".xlsx")]
    marts = [line for line in manifest.files if line.path.startswith("marts/")]
    before = manifest.previous_edition
    return {
        "month": manifest.month, "edition": manifest.edition, "status": manifest.status.value,
        "closed_by": manifest.closed_by, "closed_on": manifest.closed_on.isoformat(), "reason": manifest.reason,
        "previous_edition": f"{before.month} 第 {before.edition} 版" if before else None,
        "workbooks": len(books), "tables": len(marts), "rows": sum(line.rows or 0 for line in marts),
        "receipts": manifest.register_lines,
        "comparisons": [str(settings.home / line.path.replace("/", f"/{manifest.month}/", 1))
                        for line in books if "更正对照表" in line.path],
        "marked": metadata.get("warehouse/coopledger", {}).get("marked", []),
        "folder": str(edition.folder),
    }


def _published_scopes(settings: Settings, month: date) -> list[str]:
    """The scopes of the month's draft."""
    with duckdb.connect() as con:
        scopes = con.execute(f"select scopes from read_parquet('{quoted(published_books(settings, month))}', "
                             "hive_partitioning = false)").fetchall()[0][0]
    return [code for code in scopes.split(",") if code]

"""The books of every published month, for whoever asks how they stand."""

from __future__ import annotations

from typing import Any

import duckdb

from dagster_project.lake import quoted
from dagster_project.settings import Settings

COLUMNS = ("month", "status", "edition", "previous_edition", "closed_by", "closed_on", "remark")


def books(settings: Settings) -> list[dict[str, Any]]:
    """One line a published month, the oldest first: status, edition, who closed it, and whether its basis was corrected."""
    folder = settings.lake / "marts" / "report_month"
    if not any(folder.glob("report_month=*/part.parquet")):
        return []
    with duckdb.connect() as con:
        return [dict(zip(COLUMNS, row, strict=True)) for row in con.execute(
            f"""select strftime(report_month, '%Y-%m'), status, edition, previous_edition, closed_by,
                       strftime(closed_on, '%Y-%m-%d'), remark
                from read_parquet('{quoted(folder)}/*/part.parquet', hive_partitioning = true,
                                  hive_types = {{'report_month': date}}, union_by_name = true)
                order by report_month""").fetchall()]

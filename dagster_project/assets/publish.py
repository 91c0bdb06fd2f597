"""The published month and the warehouse file that analysts open."""

from __future__ import annotations

from dagster import AssetKey, AssetSpec, MaterializeResult, multi_asset

from dagster_project.assets.transform import MANIFEST
from dagster_project.books.issue import stage_edition, stage_marks, tidy
from dagster_project.failures import repeated
from dagster_project.months import current_month
from dagster_project.previous_edition import editions
from dagster_project.publish import publish, published_tables, write_month, write_warehouse
from dagster_project.published_views import published_views
from dagster_project.resources import Run
from dagster_project.stamps import stamped
from dagster_project.warehouse_build import project

TABLES = published_tables(MANIFEST)


@multi_asset(
    specs=[AssetSpec(AssetKey(["warehouse", "coopledger"]), group_name="published", kinds={"duckdb"},
                     deps=[*(AssetKey(table.name) for table in TABLES), AssetKey(["forms", "index"])],
                     description="The published warehouse: documented tables only, put in place by one rename.")],
    name="publish_warehouse",
)
@stamped()
def publish_warehouse(run: Run) -> MaterializeResult:
    """Stages the month's Parquet and a new warehouse file of all months; puts these and the forms in place."""
    month = current_month(run.settings)
    closing = run.issues()
    rows = write_month(run.settings, TABLES, month, closing.edition if closing else None)
    edition = stage_edition(run.settings, TABLES, month, closing) if closing else None
    marked = stage_marks(run.settings, edition) if edition else []
    write_warehouse(run.settings, TABLES, published_views(project(run.settings)))
    repeated(lambda: publish(run.settings))     # renames: those that are done are not done twice
    if edition:
        tidy(run.settings, editions(run.settings)[month])
        run.say(f"台账：{month:%Y-%m} 第 {edition.number} 版已存入 {run.settings.ledger.name}/{month:%Y-%m}/{edition.number}")
    run.say(f"发布：{len(TABLES)} 张表，{sum(rows.values()):,} 行 → {run.settings.warehouse_file.name}")
    return MaterializeResult(metadata={"tables": len(TABLES), "dagster/row_count": sum(rows.values()),
                                       "month": month.isoformat(), "edition": edition.number if edition else 0,
                                       "marked": [f"{later:%Y-%m}" for later in marked]})

"""From the inbox to the typed lake: one asset a source table, and the register beside them."""

from collections.abc import Iterator

from dagster import AssetExecutionContext, AssetKey, AssetSpec, MaterializeResult, multi_asset

from dagster_project import months
from dagster_project.books.closing import refuse_closed
from dagster_project.failures import retried
from dagster_project.lake import OPEN_BOOKS, PREVIOUS, lake_rows, write_run_context
from dagster_project.previous_edition import lay_previous, previous_edition
from dagster_project.receive.archive import Register
from dagster_project.receive.contracts import load_contracts
from dagster_project.receive.landing import receive
from dagster_project.resources import Run
from dagster_project.stamps import stamped
from dagster_project.version import VERSION

REGISTER = ("sheets", "rejected", "issues", "delivered", "corrected")


def _specs() -> list[AssetSpec]:
    tables = [
        AssetSpec(AssetKey([c.system, c.table]), group_name=c.system, kinds={"parquet"}, description=c.description,
                  metadata={"表名": c.title, "系统": c.system_title})
        for c in load_contracts().values()
    ]
    register = [
        AssetSpec(AssetKey(["landing", name]), group_name="landing", kinds={"parquet"},
                  description="The register of what was received, sheet by sheet and fault by fault.")
        for name in REGISTER
    ]
    return tables + register


@multi_asset(specs=_specs(), name="receive_inbox")
@stamped(settled=False)
def receive_inbox(context: AssetExecutionContext, run: Run) -> Iterator[MaterializeResult]:
    """Reads what is new in the inbox; files, sheets and rows by outcome are in the metadata."""
    closing = run.issues()
    reads_inbox = closing is None or closing.edition > 1
    summary = retried(context, lambda: receive(run.settings, run.say, inbox=reads_inbox))
    for contract in load_contracts().values():
        yield MaterializeResult(asset_key=AssetKey([contract.system, contract.table]),
                                metadata=summary.table_metadata(contract.id))
    for name in REGISTER:
        yield MaterializeResult(asset_key=AssetKey(["landing", name]), metadata={
            **summary.metadata(), "dagster/row_count": lake_rows(run.settings, name)})


@multi_asset(
    specs=[AssetSpec(AssetKey(["run_context", "run_context"]), group_name="landing", kinds={"parquet"},
                     deps=[AssetKey(["landing", "sheets"])],
                     description="The one row by which the report month reaches dbt.")],
    name="run_context",
)
@stamped()
def run_context(run: Run) -> MaterializeResult:
    """Settles the month: the one asked for, else the newest with a dated delivery (spec 5.1)."""
    month = run.asked_month() or months.newest_month(run.settings, run.caller_date())
    closing = run.issues()
    if not closing:
        refuse_closed(run.settings, month, "收件箱里的新文件已归档登记。")
    scopes = run.scopes or months.delivered_prefectures(run.settings)
    before = previous_edition(run.settings, month)
    version = closing.software_version if closing else VERSION
    write_run_context(run.settings, month, months.month_end(month), version, before.month if before else None, scopes,
                      closing.row if closing else OPEN_BOOKS, len(Register.load(run.settings.archive).receipts))
    against = f"上期 {before.month:%Y-%m} 第 {before.number} 版" if before else "首期"
    run.say(f"报告月份 {month:%Y-%m}（{against}），出表范围 {'、'.join(scopes) or '无'}")
    return MaterializeResult(metadata={"month": month.isoformat(), "scopes": ",".join(scopes), "dagster/row_count": 1})


@multi_asset(
    specs=[AssetSpec(AssetKey(["previous", table]), group_name="landing", kinds={"parquet"},
                     deps=[AssetKey(["run_context", "run_context"])],
                     description="What the month reads of the months before it: closed editions, empty at 首期; of all "
                                 "published months, the trend of their quality.")
           for table in PREVIOUS],
    name="previous_months",
)
@stamped()
def previous_months(run: Run) -> Iterator[MaterializeResult]:
    """Lays the ledger's closed editions where dbt reads them (spec 5.3)."""
    for table, rows in lay_previous(run.settings, months.current_month(run.settings)).items():
        yield MaterializeResult(asset_key=AssetKey(["previous", table]), metadata={"dagster/row_count": rows})

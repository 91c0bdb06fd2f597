"""The official tables and the page that leads to them; one asset a form."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

import duckdb
from dagster import AssetKey, AssetSpec, MaterializeResult, multi_asset

from dagster_project.assets.transform import as_of, conclude, measure
from dagster_project.months import current_month, current_scopes
from dagster_project.resources import Run
from dagster_project.stamps import stamped
from exports import FORMS, RESTRICTED_FORMS, bulletin, render, render_restricted
from exports.returns import render_returns

_MODELS = {key.path[-1]: key for assets in (as_of, measure, conclude) for key in assets.keys}
INDEX = AssetKey(["forms", "index"])
RETURNS = AssetKey(["restricted", "returns"])
# What the index page and every 数据说明 read beside the form's own marts.
_EVERYWHERE = ("received_sheet", "rejected_row", "value_issue", "delivery", "measure", "policy_in_force", "report_month")


def _key(number: int, zone: str = "forms") -> AssetKey:
    return AssetKey([zone, f"form_{number:02d}"])


def _deps(marts: tuple[str, ...]) -> list[AssetKey]:
    return [_MODELS[name] for name in dict.fromkeys((*marts, *_EVERYWHERE)) if name in _MODELS]


@multi_asset(
    specs=[
        *(AssetSpec(_key(module.FORM.number), group_name="forms", kinds={"excel"}, description=module.FORM.name,
                    deps=_deps(module.FORM.marts)) for module in FORMS),
        AssetSpec(_key(bulletin.FORM.number), group_name="forms", kinds={"html"}, description=bulletin.FORM.name,
                  deps=_deps(bulletin.FORM.marts)),
        AssetSpec(INDEX, group_name="forms", kinds={"html"}, description="本月表册",
                  deps=[*(_key(module.FORM.number) for module in (*FORMS, bulletin)), _MODELS["shell_status"]]),
    ],
    name="render_forms", can_subset=False,
)
@stamped()
def render_forms(run: Run) -> Iterator[MaterializeResult]:
    """Renders every form for every scope; those whose bytes change are staged for publishing."""
    settings = run.settings
    with closing(duckdb.connect(str(settings.build_file), read_only=True)) as con:
        written = render(con, settings.staged / "exports", current_month(settings), current_scopes(settings),
                         standing=None if run.issues() else settings.exports)
    pages = [item for item in written if item.form == bulletin.FORM.number]
    books = [item for item in written if item.form is not None and item not in pages]
    yield MaterializeResult(asset_key=_key(bulletin.FORM.number), metadata={
        "pages": len(pages), "changed": sum(item.changed for item in pages),
        "milliseconds": round(sum(item.milliseconds for item in pages))})
    for module in FORMS:
        mine = [item for item in books if item.form == module.FORM.number]
        yield MaterializeResult(asset_key=_key(module.FORM.number), metadata={
            "workbooks": len(mine), "changed": sum(item.changed for item in mine),
            "milliseconds": round(sum(item.milliseconds for item in mine))})
    changed = sum(item.changed for item in books)
    run.say(f"出表：工作簿 {len(books)} 个，有变化 {changed} 个")
    yield MaterializeResult(asset_key=INDEX, metadata={
        "workbooks": len(books), "changed": changed, "unchanged": len(books) - changed})


@multi_asset(
    specs=[AssetSpec(RETURNS, group_name="forms", kinds={"excel"},
                     description="退回清单: per county what was rejected or doubtful, unmasked, ready to be corrected.",
                     deps=[_MODELS[name] for name in ("rejected_row", "value_issue", "received_sheet", "corrected_row",
                                                      "delivery_choice", "policy_in_force", "report_month", "region")])],
    name="render_returns",
)
@stamped()
def render_returned_rows(run: Run) -> MaterializeResult:
    """Writes the restricted workbooks of the month; one whose county has nothing open any more is taken away."""
    settings = run.settings
    with closing(duckdb.connect(str(settings.build_file), read_only=True)) as con:
        written = render_returns(con, settings.lake, run.forms_folder(settings.restricted_exports), current_month(settings))
    findings, changed = sum(item.findings for item in written), sum(item.changed for item in written)
    if written:
        run.say(f"退回清单：{len(written)} 个旗县，{findings:,} 处问题，有变化 {changed} 个 → {settings.restricted_exports.name}/")
    return MaterializeResult(metadata={"workbooks": len(written), "changed": changed, "dagster/row_count": findings})


@multi_asset(
    specs=[AssetSpec(_key(module.FORM.number, "restricted"), group_name="forms", kinds={"excel"},
                     description=module.FORM.name, deps=_deps(module.FORM.marts)) for module in RESTRICTED_FORMS],
    name="render_restricted_forms", can_subset=False,
)
@stamped()
def render_personal_forms(run: Run) -> Iterator[MaterializeResult]:
    """Renders the forms that hold personal data, for every scope, below the restricted folder."""
    settings = run.settings
    with closing(duckdb.connect(str(settings.build_file), read_only=True)) as con:
        written = render_restricted(con, settings.lake, run.forms_folder(settings.restricted_exports),
                                    current_month(settings), current_scopes(settings))
    changed = sum(item.changed for item in written)
    if written:
        run.say(f"辅导员表（含个人信息）：工作簿 {len(written)} 个，有变化 {changed} 个 → {settings.restricted_exports.name}/")
    for module in RESTRICTED_FORMS:
        mine = [item for item in written if item.form == module.FORM.number]
        yield MaterializeResult(asset_key=_key(module.FORM.number, "restricted"), metadata={
            "workbooks": len(mine), "changed": sum(item.changed for item in mine),
            "milliseconds": round(sum(item.milliseconds for item in mine))})

"""dbt inside this process: one parse, three passes, and their results as Dagster events.

`DbtCliResource` starts `dbt --version` (which tries the network) and a second interpreter; the
public `dbtRunner` does neither. Everything here uses dbt's documented programmatic interface.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import duckdb
import portalocker
from dagster import AssetCheckResult, AssetCheckSeverity, AssetExecutionContext, Failure, MaterializeResult
from dagster_dbt import DagsterDbtTranslator

from dagster_project.lake import quoted
from dagster_project.receive.masking import masked_text
from dagster_project.settings import ROOT, Settings

PROJECT = ROOT / "dbt"
# Standard output belongs to the command (--json); what dbt says is in its log, what failed in the Failure.
SILENT = ("--quiet", "--log-level", "none", "--log-level-file", "info", "--no-use-colors")
PARSE_SECONDS = 300     # how long a process waits for another one that parses the project
AS_OF = "+fqn:coopledger.asof"       # the as-of rows and all that they stand on
HELD_BACK = f"blocked_delivery+,{AS_OF}"      # of these what a delivery held back changes
AFTER_JUDGEMENT = "tag:after_judgement"


def environment(settings: Settings) -> dict[str, str]:
    """What profiles.yml and sources.yml ask of the environment; nothing is written in the checkout.

    COOPLEDGER_LAKE stands inside SQL literals only.
    """
    return {
        "COOPLEDGER_LAKE": quoted(settings.lake),
        "COOPLEDGER_BUILD": str(settings.build_file),
        "COOPLEDGER_MEMORY_LIMIT": settings.memory_limit,
        "COOPLEDGER_THREADS": str(settings.threads or os.cpu_count() or 1),
        "DBT_PROFILES_DIR": str(project(settings)),
        "DBT_PROJECT_DIR": str(project(settings)),
        "DBT_TARGET_PATH": str(settings.home / "dbt" / "target"),
        "DBT_LOG_PATH": str(settings.logs),
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
        "DBT_VERSION_CHECK": "false",
        "DO_NOT_TRACK": "1",
    }


def project(settings: Settings) -> Path:
    """The dbt project of a home: the checkout's, unless an old edition is rebuilt there with its own policy rows."""
    own = settings.home / "project"
    return own if own.exists() else PROJECT


def policy_seeds(settings: Settings) -> Path:
    """The policy rows that a run of this home reads."""
    return project(settings) / "seeds" / "policy"


def load_manifest(settings: Settings) -> dict:
    """dbt's manifest, parsed again when a file of the project changed. Safe beside other processes and after a kill."""
    folder = settings.home / "dbt"
    path, stamp = folder / "target" / "manifest.json", folder / "parsed"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with portalocker.Lock(folder / "parse.lock", timeout=PARSE_SECONDS):
        wanted = _project_hash()
        if not (path.exists() and stamp.exists() and stamp.read_text() == wanted):
            stamp.unlink(missing_ok=True)
            invoke(settings, ["parse"])
            stamp.write_text(wanted)
        return json.loads(path.read_text(encoding="utf-8"))


def _project_hash() -> str:
    digest = hashlib.sha256()
    for path in sorted(path for path in PROJECT.rglob("*") if path.is_file()):
        digest.update(f"{path.relative_to(PROJECT).as_posix()}\0".encode())
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def invoke(settings: Settings, args: list[str]) -> list:
    """Runs one dbt command in this process; the node results. Raises Failure with dbt's own words."""
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager
    from dbt.cli.main import dbtRunner

    os.environ.update(environment(settings))
    try:
        outcome = dbtRunner().invoke([*args, *SILENT])
    finally:
        DuckDBConnectionManager.close_all_connections()  # the judge and the forms open the file next
    if outcome.exception:
        raise Failure(f"dbt {args[0]}: {outcome.exception}") from outcome.exception
    return list(getattr(outcome.result, "results", []))


def build(context: AssetExecutionContext, settings: Settings, manifest: dict, *, select: str | None = None,
          exclude: str | None = None, whole: bool = False) -> Iterator[MaterializeResult | AssetCheckResult]:
    """One pass: seeds, models and their tests in order; a failing error test stops what depends on it.

    `whole`: a test belongs to the pass that has all of its tables, not to every one that has any.
    """
    results = invoke(settings, _pass(select, exclude, whole))
    rows = _row_counts(settings.build_file)
    translator = DagsterDbtTranslator()
    checks = {key.name: key for key in context.op_execution_context.selected_asset_check_keys}
    for result in results:
        node = result.node
        if node.resource_type in ("model", "seed") and result.status in ("success", "pass"):
            yield MaterializeResult(
                asset_key=translator.get_asset_spec(manifest, node.unique_id, None).key,
                metadata={"dagster/row_count": rows.get(node.name, 0), "seconds": round(result.execution_time, 3)},
            )
        elif node.resource_type == "test" and node.name in checks and result.status != "skipped":
            key = checks[node.name]
            warn = str(node.config.severity).lower() == "warn"
            yield AssetCheckResult(
                asset_key=key.asset_key, check_name=key.name, passed=result.status == "pass",
                severity=AssetCheckSeverity.WARN if warn else AssetCheckSeverity.ERROR,
                metadata={"failures": result.failures or 0},
            )
    _raise_broken(_broken(results))


def run_models(settings: Settings, *, select: str, exclude: str | None = None) -> None:
    """Makes models anew, without their tests (what-if). Raises Failure as a pass does."""
    args = ["run", "--no-write-json", "--select", select] + (["--exclude", exclude] if exclude else [])
    _raise_broken(_broken(invoke(settings, args)))


def rebuild(settings: Settings) -> None:
    """Makes the as-of rows anew once a delivery is held back. Raises Failure as a pass does."""
    _raise_broken(_broken(invoke(settings, _pass(HELD_BACK, None, True))))


def _pass(select: str | None, exclude: str | None, whole: bool) -> list[str]:
    args = ["build", "--no-write-json", "--exclude-resource-type", "unit_test"]
    args += ["--indirect-selection", "cautious"] if whole else []
    args += ["--select", select] if select else []
    return args + (["--exclude", exclude] if exclude else [])


def _broken(results: list) -> list[str]:
    return [f"{result.node.name}: {result.message or result.status}" for result in results
            if result.status in ("error", "fail", "runtime error")]


def _raise_broken(broken: list[str]) -> None:
    if broken:
        raise Failure("dbt: " + masked_text("; ".join(broken)))     # an engine's message may hold the value it met


def _row_counts(build_file: Path) -> dict[str, int]:
    with closing(duckdb.connect(str(build_file), read_only=True)) as con:
        return dict(con.execute("select table_name, estimated_size from duckdb_tables()").fetchall())

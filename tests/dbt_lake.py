"""A small lake written by hand, and dbt over it: what the tests of the models stand on."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from collections.abc import Iterable
from contextlib import closing
from datetime import date
from itertools import count
from pathlib import Path

import duckdb

from dagster_project.lake import DELIVERED, ISSUES, REJECTED, SHEETS, prepare, write_rows, write_run_context
from dagster_project.receive.contracts import load_contracts
from dagster_project.settings import Settings
from dagster_project.warehouse_build import environment

CONTRACTS = load_contracts()
# Every lake of this process stands at one address while dbt runs: dbt parses the project once, not once a lake (5 s).
STAND = Path(tempfile.mkdtemp(prefix="coopledger-dbt-"))
atexit.register(shutil.rmtree, STAND, ignore_errors=True)
TARGET = STAND / "target"
SILENT = ("--quiet", "--log-level", "error", "--log-level-file", "none", "--no-use-colors")
PASS = ("--exclude-resource-type", "unit_test", "--indirect-selection", "buildable")


class Lake:
    """Typed rows as landing writes them; each `deliver` is one sheet of one file."""

    def __init__(self, home: Path) -> None:
        self.settings = Settings(home=home, _env_file=None)
        self.settings.threads = 2
        prepare(self.settings)
        self.order = count(1)

    def month(
        self, month_end: date, scopes: Iterable[str] = ("150300",), previous: date | None = None
    ) -> None:
        write_run_context(self.settings, month_end.replace(day=1), month_end, "0.1.0", previous, scopes)

    def deliver(
        self,
        table_id: str,
        dated: date,
        rows: Iterable[dict],
        *,
        scopes: Iterable[str] | None = None,
        rejected: Iterable[dict] = (),
        issues: Iterable[dict] = (),
        file_name: str | None = None,
        sheet: str = "Sheet1",
    ) -> str:
        """Writes the rows as one received sheet; `scopes`: those it delivers (default: its rows')."""
        order = next(self.order)
        content_hash = f"{order:064x}"
        file_name = file_name or f"{table_id}-{order}.xlsx"
        columns = CONTRACTS[table_id].typed()
        lines = []
        for number, row in enumerate(rows, start=2):
            line = {
                "content_hash": content_hash,
                "file_name": file_name,
                "sheet": sheet,
                "row_number": number,
                "snapshot_date": dated,
                "received_order": order,
                "is_stray": False,
                "is_superseded": False,
                "is_filled_form": False,
                "event_date": dated,
                **row,
            }
            unknown = set(line) - set(columns)
            assert not unknown, f"{table_id} has no column {sorted(unknown)}"
            lines.append(line)
        delivered = list(scopes) if scopes is not None else sorted({line["scope"] for line in lines})
        zone = self.settings.lake
        self._write(zone / "typed" / table_id / f"{content_hash}.parquet", columns, lines)
        self._write(
            zone / "delivered" / f"{content_hash}.parquet",
            DELIVERED,
            [
                {
                    "table_id": table_id,
                    "content_hash": content_hash,
                    "file_name": file_name,
                    "sheet": sheet,
                    "county_code": scope.split("|")[0],
                    "scope": scope,
                    "snapshot_date": dated,
                    "received_order": order,
                    "rows": sum(line["scope"] == scope for line in lines),
                }
                for scope in delivered
            ],
        )
        where = {"content_hash": content_hash, "file_name": file_name, "sheet": sheet, "table_id": table_id}
        faults = [{**where, **fault} for fault in rejected]
        self._write(zone / "rejected" / f"{content_hash}.parquet", REJECTED, faults)
        self._write(
            zone / "issues" / f"{content_hash}.parquet", ISSUES, [{**where, **issue} for issue in issues]
        )
        self._write(
            zone / "sheets" / f"{content_hash}.parquet",
            SHEETS,
            [
                {
                    **where,
                    "sheet_index": 0,
                    "snapshot_date": dated,
                    "snapshot_date_assumed": False,
                    "received_order": order,
                    "outcome": "partly" if faults else "accepted",
                    "rows_read": len(lines) + len(faults),
                    "accepted": len(lines),
                    "rejected": len(faults),
                    "out_of_scope": 0,
                    "ignored": 0,
                }
            ],
        )
        return content_hash

    def fired(self, *flags: tuple) -> None:
        """What the judge would have written: credit_code, rule_id, value."""
        from dagster_project.lake import SHELL_FIRED

        write_rows(self.settings.lake / "judged" / "shell_fired" / "fired.parquet", SHELL_FIRED, flags)

    def previous_shell_status(self, *rows: tuple) -> None:
        """The month before: credit_code, status, first_month, months_listed."""
        from dagster_project.lake import PREVIOUS

        write_rows(
            self.settings.lake / "previous" / "shell_status" / "part.parquet", PREVIOUS["shell_status"], rows
        )

    def dbt(self, *args: str) -> list:
        """Runs dbt in this process; the node results. Fails with the messages of what broke."""
        from dbt.adapters.duckdb.connections import DuckDBConnectionManager
        from dbt.cli.main import dbtRunner

        home = STAND / "home"
        home.unlink(missing_ok=True)
        home.symlink_to(self.settings.home.resolve(), target_is_directory=True)
        # a variable that changes has dbt parse everything again: the lake's address is the link, not where it leads
        os.environ.update(environment(self.settings.model_copy(update={"home": home})), DBT_TARGET_PATH=str(TARGET),
                          COOPLEDGER_LAKE=str(home / "lake"))
        try:
            outcome = dbtRunner().invoke([*args, *SILENT])
        finally:
            DuckDBConnectionManager.close_all_connections()
        if outcome.exception:
            raise outcome.exception
        results = list(getattr(outcome.result, "results", []))
        broken = [
            f"{r.node.name}: {r.message}" for r in results if r.status in ("error", "fail", "runtime error")
        ]
        assert not broken, "\n".join(broken)
        return results

    def build(self, *tables: str) -> None:
        """The first pass, without unit tests, into a fresh file: what `tables` stand on, or everything."""
        self.settings.build_file.unlink(missing_ok=True)
        wanted = ("--select", *(f"+{name}" for name in tables)) if tables else ()
        self.dbt("build", *PASS, *wanted, "--exclude", "tag:after_judgement+")

    def conclude(self, *tables: str) -> None:
        """The second pass, which reads the judge's flags."""
        wanted = [f"+{name},tag:after_judgement" for name in tables] or ["tag:after_judgement"]
        self.dbt("build", *PASS, "--select", *wanted)

    def rows(self, query: str) -> list[tuple]:
        with closing(duckdb.connect(str(self.settings.build_file), read_only=True)) as con:
            return con.execute(query).fetchall()

    def one(self, query: str) -> dict:
        """The only row of a query, by column name."""
        with closing(duckdb.connect(str(self.settings.build_file), read_only=True)) as con:
            found = con.execute(query)
            names = [column[0] for column in found.description]
            lines = found.fetchall()
        assert len(lines) == 1, f"{len(lines)} rows: {query}"
        return dict(zip(names, lines[0], strict=True))

    def _write(self, path: Path, columns: dict[str, str], rows: list[dict]) -> None:
        write_rows(path, columns, [tuple(row.get(name) for name in columns) for row in rows])


def coop(code: str, county: str, **values: object) -> dict:
    """A registered cooperative, active since 2015."""
    return {
        "credit_code": code,
        "name": f"{code[-4:]}农民专业合作社",
        "kind": "农民专业合作社",
        "status": "active",
        "status_raw": "存续",
        "founded_on": date(2015, 5, 1),
        "county_code": county,
        "scope": county,
        "entity_key": code,
        **values,
    }


def farm(code: str | None, name: str, county: str, **values: object) -> dict:
    """A farm of the directory, updated in 2024."""
    key = code or f"{name}|{'0' * 64}|{values.get('township_name') or ''}"
    return {
        "farm_code": code,
        "name": name,
        "county_code": county,
        "scope": county,
        "entity_key": key,
        "data_year": 2023,
        "updated_on": date(2024, 5, 1),
        **values,
    }


def statement(code: str, county: str, year: int, **values: object) -> dict:
    """A statement of the 2021 layout with nothing filled but its key."""
    return {
        "credit_code": code,
        "name": f"{code[-4:]}农民专业合作社",
        "fiscal_year": year,
        "layout": "2021",
        "county_code": county,
        "scope": f"{county}|{code}|{year}",
        "entity_key": f"{code}|{year}",
        "event_date": date(year, 12, 31),
        **values,
    }


def account(
    code: str, county: str, year: int, number: int | str, kind: str = "农民", **values: object
) -> dict:
    """A member account."""
    return {
        "credit_code": code,
        "fiscal_year": year,
        "member_no": str(number),
        "member_kind": kind,
        "county_code": county,
        "scope": f"{county}|{code}|{year}",
        "entity_key": f"{code}|{year}|{number}",
        "event_date": date(year, 12, 31),
        **values,
    }

"""The main job as a user sees it: what it reports, what it leaves alone, what it never does."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from collections import Counter
from pathlib import Path

import duckdb
import pytest
from conftest import House, coopledger
from oracle import naive

RUN = ("run", "--month", "2024-07", "--scope", "150300", "--scope", "330200")

# A process whose every attempt to reach a network address is written down and refused.
WATCHED = """
import json, socket, sys
attempts = []
def refuse(self, address, *rest):
    if self.family in (socket.AF_INET, socket.AF_INET6):
        attempts.append(repr(address))
        raise OSError("no network in a run")
    return real(self, address, *rest)
def no_name(host, *rest, **named):
    attempts.append(repr(host))
    raise OSError("no network in a run")
real, socket.socket.connect = socket.socket.connect, refuse
socket.socket.connect_ex, socket.getaddrinfo = refuse, no_name
from dagster_project.cli import main
sys.argv = ["coopledger", *sys.argv[1:]]
try:
    main()
finally:
    sys.stderr.write("\\nATTEMPTS " + json.dumps(attempts) + "\\n")
"""


@pytest.fixture(scope="module")
def copied(demo: House, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home of this module's own, as the demo left it."""
    home = tmp_path_factory.mktemp("copied") / "home"
    shutil.copytree(demo.home, home)
    return home


def digests(folder: Path) -> dict[str, str]:
    return {str(p.relative_to(folder)): hashlib.sha256(p.read_bytes()).hexdigest()
            for p in sorted(folder.rglob("*")) if p.is_file()}


def test_demo_names_the_page_to_open_and_the_bad_file(demo: House) -> None:
    assert Path(demo.summary["index"]).read_text(encoding="utf-8").startswith("<!")
    bad = [fault for fault in naive.table_or_list(demo.truth, "faults") if fault["outcome"] in ("file", "sheet")]
    assert bad
    refused = {(item["file_name"], item["code"]) for item in demo.summary["refused"]}
    assert refused == {(fault["file"], fault["code"]) for fault in bad}
    assert all(item["sentence"].endswith("。") for item in demo.summary["refused"])


def test_a_second_run_changes_no_byte_needs_no_network_and_disturbs_no_reader(copied: Path) -> None:
    before = digests(copied / "exports")
    assert any(name.endswith(".xlsx") for name in before)
    reader = duckdb.connect(str(copied / "warehouse" / "coopledger.duckdb"), read_only=True)
    counted = reader.execute("select count(*) from surplus_return").fetchone()
    done = subprocess.run([sys.executable, "-c", WATCHED, *RUN, "--json", "--strict"], capture_output=True, text=True, timeout=300,
                          check=False, env={**os.environ, "COOPLEDGER_HOME": str(copied)})
    assert done.returncode == 1, done.stderr          # --strict, and one file is bad; the demo itself ended with 0
    assert reader.execute("select count(*) from surplus_return").fetchone() == counted
    reader.close()
    assert json.loads(done.stderr.rsplit("ATTEMPTS ", 1)[1].splitlines()[0]) == []
    assert digests(copied / "exports") == before
    assert json.loads(done.stdout)["written"]["changed"] == 0


def test_wrong_use_ends_with_2(copied: Path) -> None:
    wrong = coopledger(copied, "run", "--month", "2024-13")
    assert wrong.returncode == 2 and "2024-13" in wrong.stderr


def test_every_sheet_conserves_its_rows_as_the_simulator_wrote_them(demo: House) -> None:
    with demo.warehouse() as con:
        rows = con.execute("""select file_name, sheet, outcome, rows_read, accepted, rejected, out_of_scope, ignored
                              from received_sheet""").fetchall()
    assert all(read == accepted + rejected + out + ignored for *_, read, accepted, rejected, out, ignored in rows)
    found = {(name, sheet): tuple(counts) for name, sheet, outcome, *counts in rows if outcome in ("accepted", "partly")}
    expected = {}
    for file in naive.table_or_list(demo.truth, "files"):
        for sheet in file["sheets"]:
            if sheet["outcome"] in ("accepted", "partly") and file["outcome"] is None:
                expected[file["path"], sheet["sheet"]] = tuple(
                    sheet[name] for name in ("rows_read", "accepted", "rejected", "out_of_scope", "ignored"))
    assert found == expected


def test_every_planted_fault_appears_once_and_no_other(demo: House) -> None:
    of_the_row = ("DUPLICATE_KEY", "STRAY")   # faults of a row as a whole: the truth names no column
    planted = Counter((f["file"], f["sheet"] or "", f["row"], f["column"], f["code"])
                      for f in naive.table_or_list(demo.truth, "faults"))
    with demo.warehouse() as con:
        rows = con.execute("""
            select file_name, sheet, row_number, column_name, code from rejected_row
            union all select file_name, sheet, row_number, column_name, code from value_issue""").fetchall()
    found = Counter((*place, None if code in of_the_row else column, code) for *place, column, code in rows)
    assert {key: count for key, count in found.items() if count != 1} == {}
    assert sorted(map(str, planted - found)) == [] and sorted(map(str, found - planted)) == []


def test_published_bytes_hold_no_member_and_no_identity(demo: House) -> None:
    truth = demo.truth
    names = {row["member_name"] for row in naive.table(truth, "member_accounts")}
    farms = list(naive.table(truth, "farms"))
    names |= {farm["operator"] for farm in farms}
    names -= {coop["legal_representative"] for coop in naive.table(truth, "cooperatives")} | {None, ""}
    secrets = {row["identity"] for row in naive.table(truth, "member_accounts")}
    secrets |= {farm["identity"] for farm in farms} | {farm["phone"] for farm in farms}
    secrets -= {None, ""}
    assert len(names) > 1000 and len(secrets) > 1000
    text = published_text(demo.home)
    people = set(re.findall(r"测试人\w+", text)) | set(re.findall(r"[^\s,;，；、<>\"'|]+", text))
    assert sorted(people & names) == []
    numbers = set(re.findall(r"(?<![0-9A-Za-z])[0-9]{11}(?![0-9A-Za-z])|(?<![0-9A-Za-z])[0-9]{17}[0-9X](?![0-9A-Za-z])", text))
    assert sorted(numbers & secrets) == []
    raw = (demo.home / "warehouse" / "coopledger.duckdb").read_bytes()
    assert not [secret for secret in sorted(secrets)[::7] if secret.encode() in raw]


def published_text(home: Path) -> str:
    """Everything that is published, unpacked."""
    parts = []
    for path in sorted((home / "exports").rglob("*")):
        if path.suffix == ".xlsx":
            with zipfile.ZipFile(path) as book:
                parts += [book.read(name).decode("utf-8") for name in book.namelist() if name.endswith(".xml")]
        elif path.is_file():
            parts.append(path.read_text(encoding="utf-8"))
    with duckdb.connect() as con:
        con.execute(f"attach '{home / 'warehouse' / 'coopledger.duckdb'}' as w (read_only)")
        for (name,) in con.execute("select table_name from duckdb_tables() where database_name = 'w'").fetchall():
            for row in con.execute(f'select to_json(t) from w."{name}" t').fetchall():
                parts.append(row[0])
        marts = sorted((home / "lake" / "marts").rglob("*.parquet"))
        assert marts
        for path in marts:
            parts += [row[0] for row in con.execute(f"select to_json(t) from read_parquet('{path}') t").fetchall()]
    return "\n".join(parts)


def test_restricted_zones_are_the_owners_alone_and_published_ones_are_readable(demo: House) -> None:
    """Spec 5.4 after a whole run: folders 0700, files 0600 (0400 in the ledger); inbox files are as people dropped them."""
    zones = ("inbox", "archive", "lake/raw", "lake/typed", "lake/rejected", "lake/issues", "ledger", "restricted", "secret",
             "logs", "dbt", "dagster")
    assert [zone for zone in zones if (demo.home / zone).stat().st_mode & 0o777 != 0o700] == []
    inside = [path for zone in zones[1:] for path in (demo.home / zone).rglob("*")]
    assert len(inside) > 200 and [path for path in inside if path.stat().st_mode & 0o077] == []
    named = {path.name[:2] for path in (demo.home / "restricted").rglob("*.xlsx")}
    assert named >= {"07", "08", "17"}
    assert (demo.home / "warehouse" / "build.duckdb").stat().st_mode & 0o077 == 0
    published = [demo.home / "warehouse" / "coopledger.duckdb", *(demo.home / "exports").rglob("*"),
                 *(demo.home / "lake" / "marts").rglob("*")]
    assert [path for path in published if path.stat().st_mode & 0o777 != (0o755 if path.is_dir() else 0o644)] == []


def test_every_asset_carries_its_counts_its_day_and_its_time_and_leads_from_file_to_workbook(demo: House) -> None:
    """Spec 5.2, by the events of the demo's own run. What is held back is decided after the rows that read it: a loop."""
    from dagster import AssetKey, DagsterInstance

    from dagster_project.definitions import defs

    graph = defs.resolve_asset_graph()
    made = graph.materializable_asset_keys
    with DagsterInstance.from_config(str(demo.home / "dagster")) as instance:
        told = {key: instance.get_latest_materialization_event(key) for key in made}
    metadata = {"/".join(key.path): set(event.asset_materialization.metadata) if event and event.asset_materialization else set()
                for key, event in told.items()}
    assert {name for name, names in metadata.items() if "seconds" not in names} == set()
    assert {name for name, names in metadata.items() if not names & {"snapshot_date", "newest_snapshot", "files"}} == set()
    assert {name for name, names in metadata.items() if not names & {"dagster/row_count", "workbooks", "pages"}} == set()
    assert set(graph.get_all_asset_keys()) - set(made) == {AssetKey(["judged", "blocked_delivery"])}
    behind = {key: graph.get_ancestor_asset_keys(key) for key in made if key.path[0] in ("forms", "restricted", "warehouse")}
    sources = {key for key in made if key.path[0] == "landing"} | {
        key for key in made if "files" in metadata["/".join(key.path)]}
    assert len(behind) > 15 and len(sources) > 30
    assert [key for key, before in behind.items() if not before & sources] == []
    assert sources - behind[AssetKey(["warehouse", "coopledger"])] == set()


def test_the_printed_tables_come_out_as_they_went_in(demo: House) -> None:
    """002 附件1 and the table of 004, transcribed here from the policy texts."""
    with demo.warehouse() as con:
        quota = con.execute("""select county_label, coops, farms from quota_task
                               where report_month = '2024-07-01' and year = 2024 order by print_order""").fetchall()
        sums = con.execute("""select indicator, sum(target)::int from plan_target
                              where report_month = '2024-07-01' and year = 2025 group by 1 order by 1""").fetchall()
        five = con.execute("""select year, target, region_code from plan_target where indicator = 'led_five_star'
                              and report_month = '2024-07-01' order by year""").fetchall()
    assert quota == [("海勃湾区", 3, 3), ("乌达区", 2, 2), ("海南区", 5, 5)]
    assert dict(sums) == {"star_coops": 1202, "led_coops": 803, "led_five_star": 100}
    assert five == [(2023, 30, "330200"), (2024, 65, "330200"), (2025, 100, "330200")]

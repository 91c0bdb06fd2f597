"""100 counties x all forms: how long a workbook takes on one core, from the run's build file to the packed bytes.

Run by hand: python tests/benchmarks/bench_forms.py [cooperatives a prefecture [folder to keep the home in]];
ends with 1 above 60 ms (median).
The inbox is simulated (every prefecture of one province, one month), received and computed by the ordinary run.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from contextlib import closing
from datetime import date
from pathlib import Path

import duckdb

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT)]

from exports import render, render_restricted  # noqa: E402

LIMIT = 60  # milliseconds
PROVINCE = "15"
FARMS_A_COOPERATIVE = 6
COUNTIES = """
    select region_code from region
    where region_level = 'county' and substr(region_code, 1, 2) = ? and region_code not like '%99'
      and region_code in (select county_code from cooperative) order by region_code
"""


def commands(home: Path, *arguments: str) -> None:
    """One command of the program in a home of its own; its output is ours, a failure ends the benchmark."""
    subprocess.run([sys.executable, "-m", "dagster_project.cli", *arguments], check=True, cwd=ROOT,
                   env=os.environ | {"COOPLEDGER_HOME": str(home)},
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # fmt: skip


def make(home: Path, cooperatives: int) -> None:
    """The build file of a province."""
    with closing(duckdb.connect()) as con:
        divisions = str(ROOT / "dbt" / "seeds" / "reference" / "admin_division.csv")
        found = con.execute("select code from read_csv(?, all_varchar = true) where level = 'prefecture' and code like ? order by 1",
                            [divisions, PROVINCE + "%"]).fetchall()  # fmt: skip
    for (prefecture,) in found:
        commands(home, "simulate", str(home / "exports_of" / prefecture), "--scope", prefecture, "--coops", str(cooperatives),
                 "--farms", str(cooperatives * FARMS_A_COOPERATIVE), "--months", "1", "--no-faults")  # fmt: skip
        (home / "inbox").mkdir(exist_ok=True)       # the truth file stays beside what is dropped
        (home / "exports_of" / prefecture).rename(home / "inbox" / prefecture)
    commands(home, "run", "--month", "2024-07", "--scope", found[0][0])


def main() -> int:
    cooperatives = int(sys.argv[1]) if len(sys.argv) > 1 else 900
    with tempfile.TemporaryDirectory() as folder:
        home = Path(sys.argv[2] if len(sys.argv) > 2 else folder).resolve()
        started = time.perf_counter()
        if not (home / "warehouse" / "build.duckdb").exists():
            make(home, cooperatives)
            print(f"simulated, received and computed in {time.perf_counter() - started:.0f} s")
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
        with closing(duckdb.connect(str(home / "warehouse" / "build.duckdb"), read_only=True, config={"threads": 1})) as con:
            scopes = [code for (code,) in con.execute(COUNTIES, [PROVINCE]).fetchall()]
            written = render(con, Path(folder) / "forms", date(2024, 7, 1), scopes)
            written += render_restricted(con, home / "lake", Path(folder) / "restricted", date(2024, 7, 1), scopes)
    taken: dict[int, list[float]] = defaultdict(list)
    for item in written:
        if item.form is not None:
            taken[item.form].append(item.milliseconds)
    for form, times in sorted(taken.items()):
        print(f"form {form:2d}: {len(times):4d} workbooks, median {statistics.median(times):6.1f} ms, longest {max(times):7.1f} ms")
    everything = [each for times in taken.values() for each in times]
    median = statistics.median(everything)
    print(f"{len(scopes)} counties, {len(everything)} workbooks: median {median:.1f} ms (at most {LIMIT}), "
          f"mean {statistics.fmean(everything):.1f} ms, together {sum(everything) / 1000:.1f} s")  # fmt: skip
    return int(median > LIMIT)


if __name__ == "__main__":
    sys.exit(main())

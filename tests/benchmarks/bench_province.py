"""Whether the landing of a province's member accounts (spec 5.7) is linear in rows. Not collected by pytest.

    python tests/benchmarks/bench_province.py [--rows 200000 1000000] [--shape csv|xlsx] [--files 1] [--repeat 2]

Each size is landed in a process of its own, in turns, so that a busy machine is busy for all; the least of `--repeat`
runs is printed, with the time and CPU of a million rows. The goals: the CPU of a million rows of the largest size no
more than 1.25 times that of the smallest, what a run costs without files taken off; peak memory below 1.5 GB, also
where one CSV holds a million rows.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from openpyxl import Workbook
from stdnum.cn import uscc

HEADERS = ["统一社会信用代码", "会计年度", "成员编号", "成员姓名", "成员类型", "身份证号", "交易额", "盈余返还"]
COUNTIES = ("150302", "150303", "150304")
MEMBERS = 50        # of one cooperative
WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
LINEAR_GOAL, MEMORY_GOAL = 1.25, 1500


def identity(number: int) -> str:
    """A well-formed identity number of nobody: its division code 150399 does not exist."""
    first = f"150399{1950 + number % 50}{number // 50 % 12 + 1:02}{number // 600 % 28 + 1:02}{number // 16800 % 1000:03}"
    return first + "10X98765432"[sum(w * int(c) for w, c in zip(WEIGHTS, first, strict=True)) % 11]


def rows(start: int, count: int) -> Iterator[list[str | int | float]]:
    for i in range(start, start + count):
        coop = i // MEMBERS
        first = f"93{COUNTIES[coop % 3]}MA{coop:07d}"
        yield [first + uscc.calc_check_digit(first), 2023, i % MEMBERS + 1, f"样例{i % 9973}", "农民", identity(i),
               i % 90_000 + 0.5, i % 700]


def build(folder: Path, count: int, files: int, shape: str) -> None:
    folder.mkdir()
    for number in range(files):
        start, end = count * number // files, count * (number + 1) // files
        file = folder / f"成员账户20240725-{number + 1:03}.{shape}"
        if shape == "csv":
            with file.open("w", encoding="utf-8", newline="") as out:
                csv.writer(out).writerows([HEADERS, *rows(start, end - start)])
            continue
        book = Workbook(write_only=True)
        sheet = book.create_sheet("成员账户")
        sheet.append(HEADERS)
        for row in rows(start, end - start):
            sheet.append(row)
        book.save(file)


def one_run(home: Path) -> None:
    from dagster_project.receive.landing import receive
    from dagster_project.settings import Settings

    settings = Settings(home=home, settle_seconds=0)
    arrived = settings.inbox.rename(home / "waiting")
    settings.inbox.mkdir()
    receive(settings)                   # what a run costs without files
    settings.inbox.rmdir()
    arrived.rename(settings.inbox)
    before, start = resource.getrusage(resource.RUSAGE_SELF), time.perf_counter()
    summary = receive(settings)
    seconds, used = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_SELF)
    counts = summary.rows
    if counts["accepted"] != counts["rows_read"]:
        raise SystemExit(f"rows were lost: {counts} {summary.faults}")
    print(json.dumps({
        "rows": counts["accepted"], "seconds": seconds, "peak": used.ru_maxrss / 1024,
        "cpu": used.ru_utime + used.ru_stime - before.ru_utime - before.ru_stime, "parts": summary.seconds}))


def measured(source: Path, home: Path) -> dict:
    shutil.rmtree(home, ignore_errors=True)
    (home / "inbox").mkdir(parents=True)
    for file in source.iterdir():
        os.link(file, home / "inbox" / file.name)
    done = subprocess.run([sys.executable, __file__, "--home", str(home)], capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(done.stderr)
    return json.loads(done.stdout.splitlines()[-1])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, nargs="+", default=[200_000, 1_000_000])
    parser.add_argument("--shape", choices=("csv", "xlsx"), default="csv")
    parser.add_argument("--rows-a-file", type=int, default=200_000)
    parser.add_argument("--repeat", type=int, default=2)
    parser.add_argument("--keep", type=Path, help="folder that keeps the files between runs")
    parser.add_argument("--home", type=Path)
    options = parser.parse_args()
    if options.home:
        one_run(options.home)
        return
    with tempfile.TemporaryDirectory() as scratch:
        folder = options.keep or Path(scratch)
        runs: dict[int, list[dict]] = {count: [] for count in options.rows}
        for count in options.rows:
            files = max(-(-count // options.rows_a_file), 1)
            if not (source := folder / f"accounts-{count}-{files}-{options.shape}").exists():
                build(source, count, files, options.shape)
        for _ in range(options.repeat):
            for count, done in runs.items():
                files = max(-(-count // options.rows_a_file), 1)
                done.append(measured(folder / f"accounts-{count}-{files}-{options.shape}", folder / "home"))
        best = {count: min(done, key=lambda run: run["cpu"]) for count, done in runs.items()}
        for count, run in best.items():
            million = run["rows"] / 1e6
            print(f"{count:>9,} rows   {run['seconds'] / million:6.2f} s   cpu {run['cpu'] / million:6.2f} s a million   "
                  f"peak {run['peak']:5.0f} MiB   { {k: round(v / million, 2) for k, v in run['parts'].items()} }")
        least, most = best[min(best)], best[max(best)]
        ratio = (most["cpu"] / most["rows"]) / (least["cpu"] / least["rows"])
        peak = max(run["peak"] for done in runs.values() for run in done)
        print(f"{options.shape} cpu a row, largest / smallest   {ratio:.2f}   (goal: at most {LINEAR_GOAL}); "
              f"peak below {MEMORY_GOAL} MiB: {peak < MEMORY_GOAL}")


if __name__ == "__main__":
    main()

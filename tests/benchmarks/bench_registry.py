"""How fast a registry dump is received: a CSV against DuckDB alone, legacy .xls files against the bare decode.

    python tests/benchmarks/bench_registry.py [--rows 1000000] [--repeat 2] [--keep FOLDER] [--only csv|xls]

The public 10-column layout, of which one row in a thousand is a cooperative. Each measurement runs in a process of
its own, in turns, so that a busy machine is busy for all; the least of `--repeat` runs is printed. The goals: the CSV
within 3 times DuckDB's read_csv(all_varchar) to Parquet of the same file; the .xls files of 65,000 rows within twice
their bare decode; peak memory below 1.5 GB.
"""

from __future__ import annotations

import argparse
import csv
import json
import random
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import xlwt
from stdnum.cn import uscc

HEADERS = ["企业名称", "统一社会信用代码", "注册日期", "企业类型", "法人代表", "注册资金", "经营范围", "所在省份", "地区", "注册地址"]
COUNTIES = (("330203", "海曙区"), ("330205", "江北区"), ("330212", "鄞州区"))
KINDS = ("有限责任公司(自然人投资或控股)", "个体工商户", "股份有限公司", "个人独资企业", "N/A")
TRADES = ("食品销售", "货物进出口", "技术服务、技术开发", "建筑材料批发", "餐饮服务,外卖递送", "农产品初加工活动", "广告设计、代理", "道路货物运输")
ROWS_A_WORKBOOK = 65_000
EVERY = 1000        # one row in so many is a cooperative
CSV_GOAL, XLS_GOAL, MEMORY_GOAL = 3, 2, 1500


def rows(count: int) -> Iterator[list[str]]:
    """Data rows of a dump."""
    draw = random.Random(count)
    for i in range(count):
        code, county = COUNTIES[i % 3]
        ours = i % EVERY == EVERY // 2
        credit = f"{'93' if ours else draw.choice(('91', '91', '92'))}{code}MA{i:07d}"
        yield [
            f"宁波样例{i}{'蔬菜农民专业合作社' if ours else draw.choice(('贸易有限公司', '设计有限公司', '建材经营部'))}",
            credit + uscc.calc_check_digit(credit), f"{2001 + i % 22}-{i % 12 + 1:02}-{i % 28 + 1:02}",
            "农民专业合作社" if ours else draw.choice(KINDS), f"样例{i % 977}", draw.choice(("50万元人民币", "1000(万元)", "N/A")),
            "；".join(draw.choices(TRADES, k=draw.randint(2, 9))), "浙江省", "宁波市", f"浙江省宁波市{county}样例路{i % 500}号{i % 99}室",
        ]


def build_csv(file: Path, count: int) -> None:
    with file.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(HEADERS)
        writer.writerows(rows(count))


def build_xls(folder: Path, count: int) -> None:
    folder.mkdir()
    lines = rows(count)
    for number in range(-(-count // ROWS_A_WORKBOOK)):
        book = xlwt.Workbook()
        sheet = book.add_sheet("Sheet1")
        for row in range(min(ROWS_A_WORKBOOK, count - number * ROWS_A_WORKBOOK) + 1):
            for column, text in enumerate(next(lines) if row else HEADERS):
                sheet.write(row, column, text)
        book.save(str(folder / f"登记信息20240725-{number + 1:02}.xls"))


def duckdb_alone(inbox: Path, scratch: Path) -> None:
    import duckdb

    duckdb.sql(f"copy (from read_csv('{next(inbox.iterdir())}', all_varchar = true)) to '{scratch / 'bare.parquet'}'")


def bare_decode(inbox: Path, scratch: Path) -> None:
    import fastexcel

    for file in sorted(inbox.iterdir()):
        fastexcel.read_excel(str(file)).load_sheet(0).to_arrow()


def receive_all(inbox: Path, scratch: Path) -> dict[str, float]:
    from dagster_project.receive.landing import receive
    from dagster_project.settings import Settings

    summary = receive(Settings(home=inbox.parent), None)
    counts = summary.rows
    if counts["rejected"] or counts["ignored"] or counts["accepted"] != counts["rows_read"] // EVERY:
        raise SystemExit(f"rows were lost: {counts} {summary.faults}")
    return summary.seconds


STEPS = {"duckdb": duckdb_alone, "decode": bare_decode, "ours": receive_all}


def measured(step: str, source: list[Path], home: Path) -> dict:
    """One step in a fresh process."""
    shutil.rmtree(home, ignore_errors=True)
    (home / "inbox").mkdir(parents=True)
    for file in source:
        (home / "inbox" / file.name).hardlink_to(file)
    done = subprocess.run([sys.executable, __file__, "--step", step, "--home", str(home)], capture_output=True,
                          text=True, check=False)
    if done.returncode:
        raise SystemExit(done.stderr)
    return json.loads(done.stdout.splitlines()[-1])


def one_step(step: str, home: Path) -> None:
    if step == "ours":      # what every command has done before it receives
        from dagster_project.lake import prepare
        from dagster_project.settings import Settings

        prepare(Settings(home=home))
    start = time.perf_counter()
    parts = STEPS[step](home / "inbox", home)
    seconds = time.perf_counter() - start
    used = resource.getrusage(resource.RUSAGE_SELF)
    print(json.dumps({"seconds": seconds, "cpu": used.ru_utime + used.ru_stime, "peak": used.ru_maxrss / 1024,
                      "parts": parts}))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--repeat", type=int, default=2)
    parser.add_argument("--keep", type=Path, help="folder that keeps the files between runs")
    parser.add_argument("--only", choices=("csv", "xls"))
    parser.add_argument("--step", choices=STEPS)
    parser.add_argument("--home", type=Path)
    options = parser.parse_args()
    if options.step:
        one_step(options.step, options.home)
        return
    with tempfile.TemporaryDirectory() as scratch:
        folder = options.keep or Path(scratch)
        text, books = folder / f"登记信息20240725-{options.rows}.csv", folder / f"xls-{options.rows}"
        for shape, base, goal in (("csv", "duckdb", CSV_GOAL), ("xls", "decode", XLS_GOAL)):
            if options.only not in (None, shape):
                continue
            if shape == "csv" and not text.exists():
                build_csv(text, options.rows)
            if shape == "xls" and not books.exists():
                build_xls(books, options.rows)
            source = [text] if shape == "csv" else sorted(books.iterdir())
            runs: dict[str, list[dict]] = {base: [], "ours": []}
            for _ in range(options.repeat):
                for step, done in runs.items():
                    done.append(measured(step, source, folder / "home"))
            best = {step: min(done, key=lambda run: run["seconds"]) for step, done in runs.items()}
            for step, run in best.items():
                print(f"{shape} {step:7} {run['seconds']:6.2f} s   cpu {run['cpu']:6.2f} s   peak {run['peak']:5.0f} MiB   "
                      f"{ {k: round(v, 2) for k, v in (run['parts'] or {}).items()} or ''}")
            print(f"{shape} ours / {base}   {best['ours']['seconds'] / best[base]['seconds']:.2f}   (goal: at most {goal}); "
                  f"peak below {MEMORY_GOAL} MiB: {max(run['peak'] for run in runs['ours']) < MEMORY_GOAL}")


if __name__ == "__main__":
    main()

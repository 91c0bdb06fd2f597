"""How fast a large workbook is received, against the bare decode and against pandas. Not collected by pytest.

    python tests/benchmarks/bench_receive.py [--rows 200000] [--repeat 3] [--without-pandas] [--keep FOLDER]

Each measurement runs in a process of its own, so that peak memory and caches are its own; the least of
`--repeat` runs is printed. The goals: the whole landing path (raw and typed Parquet written) within twice the
bare decode, and at least 8 times faster than pandas.read_excel.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from datetime import date, timedelta
from pathlib import Path

from openpyxl import Workbook
from stdnum.cn import uscc

HEADERS = ["统一社会信用代码", "企业名称", "类型", "法定代表人", "成员出资总额", "成立日期", "登记机关", "核准日期", "登记状态", "住所",
           "业务范围", "注销或吊销日期", "所在省份", "地区", "所属区县"]
COUNTIES = (("150302", "海勃湾区"), ("150303", "海南区"), ("150304", "乌达区"))


def build(path: Path, rows: int) -> None:
    """A registry export of 15 columns: text, real dates and dates as text, numbers, amounts with units, nulls."""
    draw = random.Random(rows)
    book = Workbook(write_only=True)
    sheet = book.create_sheet("登记信息")
    sheet.append(HEADERS)
    for i in range(rows):
        code, county = COUNTIES[i % 3]
        credit = f"93{code}MA{i:07d}"
        founded = date(2008, 1, 1) + timedelta(days=i % 6000)
        sheet.append([
            credit + uscc.calc_check_digit(credit), f"乌海市样例{i}号农牧业农民专业合作社", "农民专业合作社", f"样例{i % 977}",
            draw.choice([draw.randrange(300_000, 9_000_000, 1_000) + 0.5, "50(万元)", "N/A", 1_200_000]), founded,
            f"乌海市{county}市场监督管理局", f"{founded:%Y-%m-%d}", draw.choice(["存续", "注销", "存续（在营、开业、在册）"]),
            f"内蒙古自治区乌海市{county}样例街{i % 500}号{i % 99}室", "种植、养殖、农产品加工与销售；农业技术服务",
            None if i % 5 else date(2020, 1, 1), "内蒙古自治区", "乌海市", county,
        ])
    book.save(path)


def bare_decode(file: Path) -> None:
    import fastexcel

    fastexcel.read_excel(str(file)).load_sheet(0).to_arrow()


def pandas_read(file: Path) -> None:
    import pandas

    pandas.read_excel(file)


def land(file: Path) -> dict[str, float]:
    from dagster_project.receive.landing import receive
    from dagster_project.settings import Settings

    summary = receive(Settings(home=file.parent.parent), now=None)
    if summary.rows["accepted"] != summary.rows["rows_read"] or not summary.rows["rows_read"]:
        raise SystemExit(f"rows were lost: {summary.rows} {summary.faults}")
    return summary.seconds


STEPS = {"bare": bare_decode, "pandas": pandas_read, "ours": land}


def measured(step: str, file: Path, home: Path) -> dict:
    """One step in a fresh process: seconds, peak resident memory in MiB, and the seconds of its parts."""
    if step == "ours":
        shutil.rmtree(home, ignore_errors=True)
        (home / "inbox").mkdir(parents=True)
        file = Path(shutil.copy(file, home))
    done = subprocess.run([sys.executable, __file__, "--step", step, "--file", str(file)], check=True,
                          capture_output=True, text=True)
    return json.loads(done.stdout.splitlines()[-1])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=200_000)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--without-pandas", action="store_true")
    parser.add_argument("--keep", type=Path, help="folder that keeps the workbook between runs")
    parser.add_argument("--step", choices=STEPS)
    parser.add_argument("--file", type=Path)
    options = parser.parse_args()
    if options.step:
        if options.step == "ours":      # what every command has done before it receives
            from dagster_project.receive.landing import receive
            from dagster_project.settings import Settings

            receive(Settings(home=options.file.parent))
            options.file = options.file.rename(options.file.parent / "inbox" / options.file.name)
        start = time.perf_counter()
        parts = STEPS[options.step](options.file)
        seconds = time.perf_counter() - start
        used = resource.getrusage(resource.RUSAGE_SELF)
        print(json.dumps({"seconds": seconds, "cpu": used.ru_utime + used.ru_stime, "peak": used.ru_maxrss / 1024,
                          "parts": parts}))
        return
    with tempfile.TemporaryDirectory() as scratch:
        folder = options.keep or Path(scratch)
        file = folder / f"登记信息20240725-{options.rows}.xlsx"
        if not file.exists():
            build(file, options.rows)
        runs: dict[str, list[dict]] = {}
        for turn in range(options.repeat):      # in turns, so that a busy machine is busy for all
            for step in STEPS:
                if step != "pandas" or not (turn or options.without_pandas):
                    runs.setdefault(step, []).append(measured(step, file, Path(scratch) / "home"))
        best = {step: min(done, key=lambda run: run["seconds"]) for step, done in runs.items()}
        for step, run in best.items():
            print(f"{step:8} {run['seconds']:6.2f} s   cpu {run['cpu']:6.2f} s   peak {run['peak']:5.0f} MiB   "
                  f"{ {k: round(v, 2) for k, v in (run['parts'] or {}).items()} or ''}")
        print(f"ours / bare   {best['ours']['seconds'] / best['bare']['seconds']:.2f}   (goal: at most 2)")
        if "pandas" in best:
            print(f"pandas / ours {best['pandas']['seconds'] / best['ours']['seconds']:.1f}   (goal: at least 8)")


if __name__ == "__main__":
    main()

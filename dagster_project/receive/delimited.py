"""CSV, TSV and other delimited text as columns of text; a record's number is its row number.

Encodings in this order: byte order mark, strict UTF-8, GB18030 (spec 1.1; GB18030 first would corrupt UTF-8
silently). Short and long records are kept as they are, padded with nulls.
"""

from __future__ import annotations

import csv
import io
from bisect import bisect_right
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv as pa_csv

from dagster_project.receive.encoding import encoding_of
from dagster_project.receive.refusal import Refusal, place
from dagster_project.receive.screen import LEAST_ROWS, Screen, ScreenOf
from dagster_project.receive.sniff import corrupt
from dagster_project.settings import Settings

MOST_CELLS = 100_000_000    # held at a time; what a screen leaves out is not held
BLOCK = 1 << 20             # parsed at a time
LONGEST_RECORD = 1 << 26    # bytes
SAMPLE_BYTES = 1 << 18
SAMPLE_RECORDS = 200
DELIMITERS = (",", "\t", ";", "|")
csv.field_size_limit(1 << 30)      # long texts are for the contract to judge, not for the reader


def read_delimited(path: Path, name: str, settings: Settings,
                   screen_of: ScreenOf | None = None) -> tuple[pa.Table, Screen | None]:
    """row_number and c0…cN, less what the screen puts outside. Raises Refusal: ENCODING, TOO_LARGE, CORRUPT.

    Most files are UTF-8 with records of ordinary length: that is tried first, for it needs no pass of its own.
    """
    try:
        return _read(path, name, "utf-8", BLOCK, settings, screen_of)
    except (pa.ArrowInvalid, UnicodeDecodeError):
        encoding = encoding_of(path, name)
    try:
        return _read(path, name, encoding, LONGEST_RECORD, settings, screen_of)
    except pa.ArrowInvalid as error:
        raise corrupt(name) from error


def _read(path: Path, name: str, encoding: str, block: int, settings: Settings,
          screen_of: ScreenOf | None) -> tuple[pa.Table, Screen | None]:
    """Raises pa.ArrowInvalid or UnicodeDecodeError where the encoding is another or a record longer than `block`."""
    delimiter, width = _shape(_sample(path, encoding))
    names = [f"c{i}" for i in range(width)]
    odd: list[tuple[int, str]] = []

    def keep(row: pa_csv.InvalidRow) -> str:
        odd.append((row.number, row.text))
        return "skip"

    reader = pa_csv.open_csv(
        str(path),
        read_options=pa_csv.ReadOptions(column_names=names, use_threads=False, encoding=encoding, block_size=block),
        parse_options=pa_csv.ParseOptions(delimiter=delimiter, newlines_in_values=True, ignore_empty_lines=False,
                                          invalid_row_handler=keep),
        convert_options=pa_csv.ConvertOptions(
            column_types=dict.fromkeys(names, pa.string()), null_values=[""], strings_can_be_null=True,
            quoted_strings_can_be_null=True, check_utf8=True),
    )
    screen: Screen | None = None
    parts: list[pa.Table] = []
    total = held = 0        # the last record's number, and the rows kept
    with ThreadPoolExecutor(1) as beside:
        coming = beside.submit(next, reader, None)
        while (batch := coming.result()) is not None:
            coming = beside.submit(next, reader, None)
            numbers = _numbers(total, batch.num_rows, odd)
            if (held + len(numbers) + len(odd)) * width > MOST_CELLS:
                raise Refusal("TOO_LARGE", f"{place(name)}超过上限 {MOST_CELLS:,} 个单元格。"
                                           "请按旗县或年度拆成几个文件后再放入收件箱。")
            if not len(numbers):
                continue
            cells = pa.table([pa.array(numbers), *batch.columns], names=["row_number", *names])
            head, total = total < LEAST_ROWS, int(numbers[-1])
            parts.append(screen.keep(cells) if screen else cells)
            held += parts[-1].num_rows
            if head and total >= LEAST_ROWS and screen_of and (screen := screen_of(parts[0], [])):
                parts = [screen.keep(part) for part in parts]
                held = sum(part.num_rows for part in parts)
    empty = pa.table({"row_number": pa.array([], pa.int64())} | {c: pa.array([], pa.string()) for c in names})
    records = [next(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter), []) for _, text in odd]
    widest = max([width, *(len(record) for record in records)])
    if widest > settings.max_columns:       # before a column is made of any: this may be no table at all
        raise Refusal("TOO_LARGE", f"{place(name)}有 {widest} 列，超过上限 {settings.max_columns} 列。"
                                   "请检查分隔符，并从原系统重新导出。")
    cells = pa.concat_tables(parts) if parts else empty
    return (_with_odd(cells, [number for number, _ in odd], records, widest) if odd else cells), screen


def _numbers(before: int, rows: int, odd: list[tuple[int, str]]) -> np.ndarray:
    """The record numbers of the next `rows` regular records behind record `before`."""
    later = bisect_right(odd, before, key=lambda record: record[0])
    between = np.array([number for number, _ in odd[later:]], dtype=np.int64)
    numbers = np.arange(before + 1, before + 1 + rows + len(between), dtype=np.int64)
    return np.setdiff1d(numbers, between, assume_unique=True)[:rows] if len(between) else numbers


def _with_odd(cells: pa.Table, numbers: list[int], records: list[list[str]], width: int) -> pa.Table:
    """The records of another length put back in their places, in a table of `width` columns."""
    columns = {"row_number": pa.array(numbers, pa.int64())}
    for i in range(width):
        columns[f"c{i}"] = pa.array([(r[i] or None) if i < len(r) else None for r in records], pa.string())
        if i >= cells.num_columns - 1:
            cells = cells.append_column(f"c{i}", pa.nulls(cells.num_rows, pa.string()))
    return pa.concat_tables([cells, pa.table(columns)]).sort_by("row_number")


def _sample(path: Path, encoding: str) -> str:
    with path.open(encoding="utf-8-sig" if encoding == "utf-8" else encoding, newline="") as file:
        return file.read(SAMPLE_BYTES)


def _shape(sample: str) -> tuple[str, int]:
    """The delimiter that cuts the sample into most fields, and the usual number of fields of a record."""
    best = (",", 1, 0)
    for delimiter in DELIMITERS:
        lengths: dict[int, int] = {}
        reader = csv.reader(io.StringIO(sample, newline=""), delimiter=delimiter)
        try:
            for record, _ in zip(reader, range(SAMPLE_RECORDS), strict=False):
                lengths[len(record)] = lengths.get(len(record), 0) + 1
        except csv.Error:       # a field beyond the module's limit: not this delimiter
            continue
        width = max(lengths, key=lambda n: (lengths[n], n), default=1)
        fields = sum(n * count for n, count in lengths.items() if n > 1)
        if fields > best[2]:
            best = (delimiter, max(width, 1), fields)
    return best[0], best[1]

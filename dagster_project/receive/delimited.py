"""CSV, TSV and other delimited text as columns of text; a record's number is its row number.

Encodings in this order: byte order mark, strict UTF-8, GB18030 (spec 1.1; GB18030 first would corrupt UTF-8
silently). Short and long records are kept as they are, padded with nulls.
"""

from __future__ import annotations

import csv
import io
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv as pa_csv

from dagster_project.receive.encoding import CHUNK, encoding_of
from dagster_project.receive.refusal import Refusal, place
from dagster_project.receive.sniff import corrupt
from dagster_project.settings import Settings

SAMPLE_BYTES = 1 << 18
SAMPLE_RECORDS = 200
DELIMITERS = (",", "\t", ";", "|")
csv.field_size_limit(1 << 30)      # long texts are for the contract to judge, not for the reader


def read_delimited(path: Path, name: str, settings: Settings) -> pa.Table:
    """row_number and c0…cN. Raises Refusal: ENCODING, TOO_LARGE, CORRUPT."""
    encoding = encoding_of(path, name)
    sample = _sample(path, encoding)
    delimiter, width = _shape(sample)
    names = [f"c{i}" for i in range(width)]
    odd: list[tuple[int, str]] = []

    def keep(row: pa_csv.InvalidRow) -> str:
        odd.append((row.number, row.text))
        return "skip"

    try:
        cells = pa_csv.read_csv(
            str(path),
            read_options=pa_csv.ReadOptions(column_names=names, use_threads=False, encoding=encoding,
                                            block_size=CHUNK * 4),
            parse_options=pa_csv.ParseOptions(delimiter=delimiter, newlines_in_values=True,
                                              ignore_empty_lines=False, invalid_row_handler=keep),
            convert_options=pa_csv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.string()), null_values=[""], strings_can_be_null=True,
                quoted_strings_can_be_null=True, check_utf8=False),
        )
    except pa.ArrowInvalid as error:
        raise corrupt(name) from error
    total = cells.num_rows + len(odd)
    if total > settings.max_rows:
        raise Refusal("TOO_LARGE", f"{place(name)}有 {total:,} 行，超过上限 {settings.max_rows:,} 行。"
                                   "请按旗县或年度拆成几个文件后再放入收件箱。")
    cells = _with_odd(cells, odd, total, delimiter)
    if cells.num_columns - 1 > settings.max_columns:
        raise Refusal("TOO_LARGE", f"{place(name)}有 {cells.num_columns - 1} 列，超过上限 {settings.max_columns} 列。"
                                   "请检查分隔符，并从原系统重新导出。")
    return cells


def _with_odd(cells: pa.Table, odd: list[tuple[int, str]], total: int, delimiter: str) -> pa.Table:
    """The records of another length put back in their places."""
    numbers = np.setdiff1d(np.arange(1, total + 1, dtype=np.int64), [number for number, _ in odd],
                           assume_unique=True)
    cells = cells.add_column(0, "row_number", pa.array(numbers))
    if not odd:
        return cells
    records = [next(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter), []) for _, text in odd]
    width = max(cells.num_columns - 1, *(len(record) for record in records))
    columns = {"row_number": pa.array([number for number, _ in odd], pa.int64())}
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

"""Numbers of workbooks survive to fifteen significant digits, however small (spec 1.2, issue: hard cells)."""

from __future__ import annotations

import random
from decimal import Decimal
from pathlib import Path

import pytest
from receive_kit import read_one, texts
from receive_writers import Page, write


@pytest.mark.parametrize("kind", ["xlsx", "xls", "xlsb", "ods"])
def test_decimals_are_exact(tmp_path: Path, kind: str) -> None:
    r = random.Random(20240731)
    meant = [Decimal(r.randrange(10**14, 10**15)).scaleb(-places) for places in range(1, 22)]
    meant += [Decimal("0.1234567890123"), Decimal("1E-10"), Decimal("1.00000000000001"), Decimal("0.00000000012")]
    path = tmp_path / f"d.{kind}"
    write(path, kind, [Page("表", [["值"], *([float(number)] for number in meant)], [])])
    found = [Decimal(row[0]) for n, row in texts(read_one(path)).items() if n > 1]
    assert found == meant

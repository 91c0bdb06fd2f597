"""A million credit codes, valid and corrupted: the door says of each what python-stdnum says (spec 1.2)."""

from __future__ import annotations

import random

import duckdb
import pyarrow as pa
from stdnum.cn import uscc

from dagster_project.receive.codes import credit_code_reading

ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
MILLION = 1_000_000
LETTERS = bytes(ord(ALPHABET[byte % 31]) for byte in range(256))


def generated() -> list[str]:
    """Codes with python-stdnum's check character; every other one with the check character left to chance, and in
    some of these one character dropped, added or outside the alphabet."""
    r = random.Random(20240701)
    out = []
    for n in range(MILLION):
        body = r.choice(("93", "91", "92", "N1")) + r.randbytes(15).translate(LETTERS).decode()
        code = body + (r.choice(ALPHABET) if n % 2 else uscc.calc_check_digit(body))
        match r.randrange(10) if n % 2 else 9:
            case 0:
                code = code[:-1]
            case 1:
                code += r.choice(ALPHABET)
            case 2:
                at = r.randrange(18)
                code = code[:at] + r.choice("IOZSV") + code[at + 1:]
        out.append(code)
    return out


def test_a_million_codes_are_judged_as_stdnum_does() -> None:
    codes = generated()
    assert len(codes) == MILLION
    formed = [len(c) == 18 and not set(c) - set(ALPHABET) for c in codes]
    right = [ok and (n % 2 == 0 or uscc.calc_check_digit(c) == c[-1])
             for n, (c, ok) in enumerate(zip(codes, formed, strict=True))]
    meant = [None if good else "CHECK_DIGIT" if ok else "BAD_CODE" for good, ok in zip(right, formed, strict=True)]
    reading = credit_code_reading(numeric=False, registration_no=False)
    con = duckdb.connect()
    con.register("given", pa.table({"c": codes}))
    found = con.sql(f"select {reading.plain.format(x='c')} plain, {reading.final_fault.format(x='c')} fault from given"
                    ).to_arrow_table()
    plain, faults = found["plain"].to_pylist(), found["fault"].to_pylist()
    assert plain == formed
    told = [fault if ok else reading.parse(code).fault for code, ok, fault in zip(codes, plain, faults, strict=True)]
    assert told == meant
    assert meant.count("BAD_CODE") > 100_000 and meant.count("CHECK_DIGIT") > 250_000

"""Codes of entities and people (spec 1.2): credit codes, 一码通, identity numbers; keyed hashes."""

from __future__ import annotations

import hashlib
import hmac
import re
from datetime import date

import duckdb
from stdnum.cn import ric, uscc

from dagster_project.receive.dates import OLDEST_BIRTH
from dagster_project.receive.reading import Parsed, Reading

ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"  # GB 32100-2015: no I O Z S V
_CREDIT = re.compile(f"[{ALPHABET}]{{18}}")
_REGISTRATION_NO = re.compile(r"[0-9]{6}[0-9A-Z]{9}")
_FARM = re.compile(r"[0-9A-Z]{18}")
_SCIENTIFIC = re.compile(r"\d(?:\.\d+)?E\+?\d+")


def keyed_hash(text: str, key: bytes) -> str:
    """HMAC-SHA-256 in hex: equal texts stay equal, nobody without the key can try candidates (spec 5.4)."""
    return hmac.digest(key, text.encode(), "sha256").hex()


def _compact(text: str) -> str:
    return re.sub(r"[\s-]", "", text).upper()


def credit_check_failed(code: str) -> str:
    """SQL: whether the check character of an 18-character code of the alphabet is wrong."""
    total = " + ".join(f"{3**i % 31} * (strpos('{ALPHABET}', substr({code}, {i + 1}, 1)) - 1)" for i in range(17))
    return f"substr('{ALPHABET}', 1 + (31 - ({total}) % 31) % 31, 1) <> substr({code}, 18, 1)"


def credit_code_reading(numeric: bool, registration_no: bool) -> Reading:
    """18 characters, else BAD_CODE; a wrong check character is kept as given. `extra`: a 15-character 注册号.

    `numeric`: the column holds number cells, whose 18 digits Excel has cut to 15.
    """

    def parse(text: str) -> Parsed:
        code = _compact(text)
        if registration_no and _REGISTRATION_NO.fullmatch(code):
            return Parsed(None, None, code)
        if not _CREDIT.fullmatch(code) or _cut(code):
            return Parsed(None, "BAD_CODE")
        return Parsed(code)

    def _cut(code: str) -> bool:
        return numeric and code.isdigit() and code.endswith("000") and uscc.calc_check_digit(code) != code[-1]

    plain = "regexp_full_match({x}, '[0-9A-HJ-NPQRTUWXY]{{18}}')"
    if numeric:
        plain += " and not regexp_full_match({x}, '[0-9]{{18}}')"
    return Reading(parse, plain, final_fault=f"case when {credit_check_failed('{x}')} then 'CHECK_DIGIT' end")


def farm_code_reading() -> Reading:
    """一码通: 18 letters and digits; nothing else is known of it."""

    def parse(text: str) -> Parsed:
        code = _compact(text)
        return Parsed(code) if _FARM.fullmatch(code) else Parsed(None, "BAD_CODE")

    return Reading(parse, plain="regexp_full_match({x}, '[0-9A-Z]{{18}}')")


def _born(number: str, latest: date) -> bool:
    """Whether the birth date inside an 18-character number is a day between 1900 and `latest`."""
    try:
        return OLDEST_BIRTH <= date(int(number[6:10]), int(number[10:12]), int(number[12:14])) <= latest
    except ValueError:
        return False


def identity_state(text: str, latest: date) -> tuple[str, str | None]:
    """(state, 18-character number or None): valid, invalid, masked or lost. Never judges the place code.

    The 15-digit numbers issued until 1999 are read as the 18-character number of the same person.
    """
    number = _compact(text)
    if "*" in number:
        return "masked", None
    if _SCIENTIFIC.fullmatch(number):
        return "lost", None
    if re.fullmatch(r"[1-9]\d{14}", number):
        number = f"{number[:6]}19{number[6:]}"
        number += ric.calc_check_digit(number + "0")
    if not re.fullmatch(r"[1-9]\d{16}[\dX]", number):
        return "invalid", None
    if ric.calc_check_digit(number) != number[-1]:
        return ("lost" if number.endswith("000") else "invalid"), None
    return ("valid", number) if _born(number, latest) else ("invalid", None)


def _valid_identity(x: str, latest: date) -> str:
    """SQL: 18 characters, check character of GB 11643 right, born between 1900 and `latest`."""
    total = " + ".join(f"{2 ** (17 - i) % 11} * (ord(substr({x}, {i + 1}, 1)) - 48)" for i in range(17))
    born = f"try_cast(substr({x}, 7, 4) || '-' || substr({x}, 11, 2) || '-' || substr({x}, 13, 2) as date)"
    return (
        f"regexp_full_match({x}, '[1-9][0-9]{{{{16}}}}[0-9X]') "
        f"and {born} between date '{OLDEST_BIRTH}' and date '{latest}' "
        f"and substr('10X98765432', 1 + ({total}) % 11, 1) = substr({x}, 18, 1)"
    )


def make_pads(con: duckdb.DuckDBPyConnection, key: bytes) -> None:
    """Make `_pads`, the blocks of RFC 2104: SQL then hashes as `keyed_hash` does. The caller drops it."""
    block = (hashlib.sha256(key).digest() if len(key) > 64 else key).ljust(64, b"\0")
    con.execute(
        "create or replace temp table _pads as select ?::blob inside, ?::blob outside",
        [bytes(b ^ 0x36 for b in block), bytes(b ^ 0x5C for b in block)],
    )


def sql_keyed_hash(text: str) -> str:
    """SQL of `keyed_hash`; needs `_pads`."""
    return f"sha256((select outside from _pads) || unhex(sha256((select inside from _pads) || encode({text}))))"


def identity_reading(key: bytes, snapshot: date) -> Reading:
    """Value = keyed hash of a valid number, extra = its state.

    Other numbers have no hash: two people are not one because of the same typing error.
    """
    faults = {"invalid": "BAD_IDENTITY", "lost": "ID_PRECISION_LOST"}

    def parse(text: str) -> Parsed:
        state, number = identity_state(text, snapshot)
        return Parsed(keyed_hash(number, key) if number else None, faults.get(state), state)

    return Reading(parse, _valid_identity("{x}", snapshot), sql_keyed_hash("{x}"), extra="'valid'")

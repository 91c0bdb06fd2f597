"""Codes of simulated entities and persons: well formed, valid check characters, obviously generated."""

from __future__ import annotations

from datetime import date, timedelta

from stdnum.cn import ric, uscc

ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"  # GB 32100-2015: no I O Z S V
BIRTHS = 18_000  # days of birth in use, 1950 to 1999


def serial(number: int, length: int) -> str:
    """`number` as a scattered text of the credit-code alphabet; one to one below 31 ** length."""
    value = number * 7919 % 31**length
    out = []
    for _ in range(length):
        value, rest = divmod(value, 31)
        out.append(ALPHABET[rest])
    return "".join(reversed(out))


def credit_code(authority: str, number: int, kind: str = "93") -> str:
    """18-character code: class, registering authority's division code, body, check character."""
    body = f"{kind}{authority}MA0{serial(number, 6)}"
    return body + uscc.calc_check_digit(body)


def spoil_check(code: str) -> str:
    """The same code with another (wrong) check character."""
    return code[:-1] + ALPHABET[(ALPHABET.index(code[-1]) + 7) % 31]


def legacy_number(authority: str, number: int) -> str:
    """A 注册号 of 15 characters, as cooperatives had before 2015."""
    return f"{authority}NA{number % 1_000_000:06d}X"


def farm_code(county: str, number: int) -> str:
    """一码通: 18 upper-case letters and digits."""
    return f"N{county}{serial(number, 11)}"


def identity(county: str, number: int) -> str:
    """An identity number with valid birth date and check character; unique per county and number."""
    born = date(1950, 1, 1) + timedelta(days=number * 7 % BIRTHS)
    body = f"{county}{born:%Y%m%d}{number // BIRTHS % 899 + 101}"
    return body + ric.calc_check_digit(body + "0")  # stdnum leaves the last character out


def is_lost(number: str) -> bool:
    """Whether the number with its last three digits turned to 0, as Excel does, shows by its check character."""
    return bool(number) and ric.calc_check_digit(f"{number[:15]}000") != "0"


def mobile(number: int) -> str:
    return f"199{number % 100_000_000:08d}"


def masked(text: str, head: int, tail: int) -> str:
    return f"{text[:head]}{'*' * (len(text) - head - tail)}{text[-tail:]}"

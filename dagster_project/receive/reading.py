"""How the texts of one column become values: plain texts at once in SQL, other distinct ones in Python."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple


class Parsed(NamedTuple):
    """What one text means. `value` casts to the column's type exactly; None = unusable or nothing."""

    value: str | None
    fault: str | None = None  # issue code of spec 6.1.9
    extra: str | None = None  # a second value: state of an identity, 注册号 found in a code column


@dataclass(frozen=True)
class Reading:
    """One column's way. The SQL speaks of the cleaned text as `{x}`."""

    parse: Callable[[str], Parsed]
    plain: str | None = None  # SQL predicate: this text needs no Python
    value: str = "{x}"  # SQL value of a plain text
    extra: str = "null::varchar"  # SQL of `Parsed.extra` of a plain text
    final_fault: str | None = None  # SQL issue code of any value, of `{x}` = the value

    @property
    def can_fail(self) -> bool:
        """Whether some text of this column is a fault."""
        return self.plain != "true"


def failed(text: str) -> Parsed:
    """Never called: for columns whose every text is plain."""
    raise AssertionError(text)


AS_IS = Reading(parse=failed, plain="true")

"""How a printed number is made of a mart's row: six kinds, and the lines of a form that say which stands where."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Taken:
    """As the source row has it, times 10**-`scale` (元 printed as 万元: 4)."""

    column: str
    scale: int = 0


@dataclass(frozen=True, slots=True)
class Counted:
    """Entities that fulfil something, or amounts summed up: `parts.PARTS[table, column]`."""

    column: str
    scale: int = 0
    decimals: int | None = None  # rounded to so many when printed


@dataclass(frozen=True, slots=True)
class Share:
    """`above` of `below` in percent, both counted or taken; shown with `decimals` digits when it is rounded to them."""

    above: str
    below: str
    decimals: int = 4


@dataclass(frozen=True, slots=True)
class Reckoned:
    """Reckoned from columns of the same mart row: `expression` (SQL over it) in `words`; `inputs`: columns it reads."""

    column: str
    expression: str
    words: str
    inputs: tuple[str, ...] = ()
    scale: int = 0


@dataclass(frozen=True, slots=True)
class Scored:
    """Points of the star rubric for the row's indicator, reckoned again from its facts."""


@dataclass(frozen=True, slots=True)
class Told:
    """No sum of rows: what the rule, the form or the check says. `words`: where it stands."""

    words: str
    column: str | None = None


Figure = Taken | Counted | Share | Reckoned | Scored | Told


@dataclass(frozen=True)
class Lines:
    """Rows of a printed table. `where` finds the mart's row, `total` the rows that its 合计 sums up.

    Both are SQL with $scope, $counties, $year, $county (of the sheet), $c0 … (the printed row's texts), and $content_hash,
    $sheet, $row_number of the row's first source. `known_only`: the 合计 leaves out what is unknown;
    `summed`: a printed row sums up several of the mart's.
    """

    table: str
    where: str
    columns: dict[int, Figure]
    total: str | None = None
    known_only: bool = False
    summed: bool = False

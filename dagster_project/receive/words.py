"""Words that stand for a choice: yes/no and enumerations (spec 1.2)."""

from __future__ import annotations

import re

from dagster_project.receive.contracts import Column
from dagster_project.receive.reading import Parsed, Reading
from dagster_project.receive.text import normal

TRUE = {"true", "是", "有", "√", "✓", "✔", "1", "y", "yes", "t"}
FALSE = {"false", "否", "无", "没有", "×", "✗", "✘", "x", "0", "n", "no", "f"}
_SEPARATORS = re.compile(r"[、，,；;]")


def boolean_reading(column: Column) -> Reading:
    """是/否 and its kin; 已… is yes, 未… is no."""
    false = FALSE | {normal(word).lower() for word in column.false_words}

    def parse(text: str) -> Parsed:
        word = text.lower()
        if word in false or word.startswith("未"):
            return Parsed("false")
        if word in TRUE or word.startswith("已"):
            return Parsed("true")
        return Parsed(None, "BAD_VALUE")

    return Reading(parse)


def enum_reading(column: Column) -> Reading:
    """The contract's canonical value of a spelling; an unknown one is `otherwise` with UNKNOWN_VALUE."""
    exact = {normal(canonical): canonical for canonical in column.values}
    for canonical, spellings in column.values.items():
        for spelling in spellings:
            exact.setdefault(normal(spelling), canonical)

    def one(word: str) -> str | None:
        if word == normal(column.otherwise):
            return column.otherwise
        if word in exact or column.match == "exact":
            return exact.get(word)
        for spelling, canonical in exact.items():
            if word.startswith(spelling) if column.match == "prefix" else spelling in word:
                return canonical
        return None

    def parse(text: str) -> Parsed:
        words = _SEPARATORS.split(text) if column.multi else [text]
        found = [one(word.strip()) for word in words if word.strip()]
        kept = "、".join(dict.fromkeys(value or column.otherwise for value in found))
        return Parsed(kept or None, "UNKNOWN_VALUE" if None in found else None)

    return Reading(parse)

"""Who is who (spec 2 and 2.9) with loops: decisions, then codes, then names that are one on both sides of a county."""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from typing import Any

Row = dict[str, Any]


def normal_name(name: str, county: str | None, prefecture: str | None) -> str:
    text = unicodedata.normalize("NFKC", name)
    text = "".join(ch for ch in text if ch not in " ()（）[]【】〔〕<>《》「」\u3000")
    for front in (prefecture, county):
        if front and text.startswith(front) and text != front:
            text = text[len(front):]
    for suffix in ("农牧民专业合作社", "农民专业合作社", "专业合作社"):
        text = text.replace(suffix, "合作社")
    return text


def name_key(row: Row, name: str = "name") -> str:
    return row["credit_code"] or row.get("farm_code") or f"{row['county_code']}|{row[name]}"


def match(left: list[Row], right: list[Row], same: set[tuple[str, str]] = frozenset(),
          different: set[tuple[str, str]] = frozenset()) -> dict[tuple[str, str], str]:
    """(left key, right key) → how. Sides have key, credit_code, farm_code, county_code, normal, in_force."""
    out = {pair: "人工认定" for pair in same}
    left_done, right_done = {a for a, _ in out}, {b for _, b in out}
    by_code: dict[str, list[Row]] = defaultdict(list)
    for ours in left:
        for code in {ours["credit_code"], ours["farm_code"]} - {None}:
            by_code[code].append(ours)
    for theirs in right:
        for code in {theirs["credit_code"], theirs["farm_code"]} - {None}:
            for ours in by_code[code]:
                pair = (ours["key"], theirs["key"])
                if pair[0] not in left_done and pair[1] not in right_done and pair not in different:
                    out[pair] = "编码"
    left_done, right_done = {a for a, _ in out}, {b for _, b in out}
    ours_named, theirs_named = defaultdict(list), defaultdict(list)
    for ours in left:
        if ours["in_force"]:
            ours_named[ours["county_code"], ours["normal"]].append(ours)
    for theirs in right:
        theirs_named[theirs["county_code"], theirs["normal"]].append(theirs)
    for where, found in theirs_named.items():
        if len(found) != 1 or len(ours_named[where]) != 1:
            continue
        ours, theirs = ours_named[where][0], found[0]
        pair = (ours["key"], theirs["key"])
        if pair[0] in left_done or pair[1] in right_done or pair in different:
            continue
        if (ours["credit_code"] and theirs["credit_code"]) or (ours["farm_code"] and theirs["farm_code"]):
            continue
        out[pair] = "名称"
    return out


def similarity(a: str, b: str) -> tuple[int, int]:
    """Edit distance and the longer length."""
    line = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        before, line[0] = line[0], i
        for j, y in enumerate(b, 1):
            before, line[j] = line[j], min(line[j] + 1, line[j - 1] + 1, before + (x != y))
    return line[-1], max(len(a), len(b))

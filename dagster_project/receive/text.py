"""Clean text (spec 1.2): NFKC, trimmed, single inner spaces, no invisible characters; null tokens and 不公示.

Most cells are clean as they are: one regular expression tells, and only distinct other texts are rewritten.
"""

from __future__ import annotations

import re
import unicodedata

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from dagster_project.receive.sql import literal, store

# Characters that NFKC leaves alone and that are neither white space nor invisible.
CLEAN = r"[!-~\x{4e00}-\x{9fff}、。《》]+( [!-~\x{4e00}-\x{9fff}、。《》]+)*"
FULL_WIDTH = {"（": "(", "）": ")", "，": ",", "：": ":", "；": ";"}
NULL_TOKENS = ("", "n/a", "na", "null", "-", "--", "—", "——", "/", "未填", "未认证农户")
WITHHELD = ("不公示", "选择不公示")

_INVISIBLE = "\u00ad\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff"
_SPACE = r"[\s\x0b\x1c-\x1f\x{85}\x{1680}\x{2028}\x{2029}]+"  # what str.split takes for white space


def normal(text: str) -> str:
    """One text, cleaned: what `normal_array` does to a column."""
    text = re.sub(f"[{_INVISIBLE}]", "", unicodedata.normalize("NFKC", text))
    return " ".join(text.split())


def normal_array(texts: pa.Array) -> pa.Array:
    """A column of texts, cleaned."""
    texts = pc.utf8_normalize(texts, form="NFKC")
    texts = pc.replace_substring_regex(texts, pattern=f"[{_INVISIBLE}]", replacement="")
    texts = pc.replace_substring_regex(texts, pattern=_SPACE, replacement=" ")
    return pc.utf8_trim(texts, characters=" ")


def _folded(text: str) -> str:
    """SQL: the full-width signs that Chinese names are full of, as NFKC has them."""
    for wide, narrow in FULL_WIDTH.items():
        text = f"replace({text}, '{wide}', '{narrow}')"
    return text


def clean_columns(con: duckdb.DuckDBPyConnection, cells: str, indexes: list[int]) -> tuple[dict[int, str], list[str]]:
    """SQL of each column's cleaned text (over `cells` c) and its joins, to `_clean` (k, raw, clean)."""
    if not indexes:
        return {}, []
    counts = ", ".join(f"count(*) filter (not regexp_full_match(c{i}, {literal(CLEAN)}))" for i in indexes)
    dirty = [i for i, n in zip(indexes, con.sql(f"select {counts} from {cells}").fetchall()[0], strict=True) if n]
    texts = {i: f"c.c{i}" for i in indexes}
    joins: list[str] = []
    if dirty:
        parts = " union all ".join(
            f"select {i} k, c{i} raw from {cells} where not regexp_full_match({_folded(f'c{i}')}, {literal(CLEAN)})"
            for i in dirty
        )
        odd = con.sql(f"select distinct k, raw from ({parts})").to_arrow_table()
        table = odd.append_column("clean", normal_array(odd["raw"].combine_chunks()))
        store(con, "_clean", table)
        joined = set(pc.unique(odd["k"]).to_pylist())
        for i in dirty:
            texts[i] = _folded(f"c.c{i}")
            if i in joined:
                joins.append(f"left join _clean d{i} on d{i}.k = {i} and d{i}.raw = c.c{i}")
                texts[i] = f"case when d{i}.raw is null then {texts[i]} else d{i}.clean end"
    return texts, joins


def null_if_token(text: str, words: tuple[str, ...]) -> str:
    """SQL: `text`, null where it is a null token, withheld, or one of the column's own null words."""
    tokens = [*NULL_TOKENS, *WITHHELD, *(normal(word) for word in words)]
    spellings = dict.fromkeys(form for token in tokens for form in (token, token.lower(), token.title(), token.upper()))
    longest = max(len(token.encode()) for token in spellings)
    listed = ", ".join(literal(token) for token in spellings)
    return f"case when strlen({text}) <= {longest} and {text} in ({listed}) then null else {text} end"

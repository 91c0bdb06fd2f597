"""The little that every piece of generated SQL needs: quoted names and literals."""

from __future__ import annotations


def name(text: str) -> str:
    """A quoted identifier."""
    return '"' + text.replace('"', '""') + '"'


def literal(text: str | None) -> str:
    """A quoted text, or null."""
    return "null" if text is None else "'" + text.replace("'", "''") + "'"

"""Great Expectations' own pages of what it found, as a static site that opens offline. Counts only, no values.

The library's templates load styles, scripts and pictures from the network: all of that is taken out, and the page
forbids its browser to load anything.
"""

from __future__ import annotations

import html
import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from expectations.wording import Words

if TYPE_CHECKING:
    from great_expectations.core.expectation_validation_result import ExpectationSuiteValidationResult

_LOADED = re.compile(r"<!--.*?-->|<(script|style)\b.*?</\1>|<(?:link|img|iframe)\b[^>]*>", re.I | re.S)
_LINKED = re.compile(r"""<a\b[^>]*\bhref=["'](?:https?:)?//[^>]*>(.*?)</a>""", re.I | re.S)
_ADDRESS = re.compile(r"""(?:https?:)?//[\w.-]+\.[a-z]{2,}[^\s"'<>)]*""", re.I)
_HEAD = """<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src 'none'">
<style>
body {font-family: sans-serif; margin: 1em 2em; color: #222}
table {border-collapse: collapse; margin: .5em 0} th, td {border: 1px solid #bbb; padding: .2em .6em; text-align: left}
button, form, nav, .modal, .ge-navigation-sidebar-container {display: none}
</style>"""


class Site:
    """The pages of one run in a folder of their own; `start` takes away what an earlier run left."""

    def __init__(self, folder: Path, words: Words) -> None:
        self.folder, self.words = folder, words

    def start(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)

    def add(self, table: str, result: ExpectationSuiteValidationResult) -> None:
        """The page of one suite, and the index of all."""
        from great_expectations.render.renderer import ValidationResultsPageRenderer
        from great_expectations.render.view import DefaultJinjaPageView

        page = DefaultJinjaPageView().render(ValidationResultsPageRenderer().render(result))
        (self.folder / f"{table}.html").write_text(offline(page), encoding="utf-8")

    def finish(self) -> None:
        """The page that leads to the others."""
        lines = "\n".join(
            f'<li><a href="{html.escape(path.name)}">{html.escape(self.words.table(path.stem))}</a>（{html.escape(path.stem)}）</li>'
            for path in sorted(self.folder.glob("*.html")) if path.name != "index.html")
        (self.folder / "index.html").write_text(
            f'<!doctype html><html lang="zh"><head>{_HEAD}<title>数据质量规则</title></head>'
            f"<body><h1>数据质量规则检查结果</h1><ul>\n{lines}\n</ul></body></html>\n", encoding="utf-8")


def offline(page: str) -> str:
    """The page without anything that a browser would fetch, or a reader could follow, outside of it."""
    page = _LINKED.sub(r"\1", _LOADED.sub("", page))
    return re.sub(r"<head\b[^>]*>", lambda head: head[0] + _HEAD, _ADDRESS.sub("", page), count=1, flags=re.I)

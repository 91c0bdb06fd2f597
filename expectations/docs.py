"""Great Expectations' own pages of what it found, as a static site that opens offline. Counts only, no values.

The library's templates load styles, scripts and pictures from the network: all of that is taken out, and the page
forbids its browser to load anything. What the scripts and the icon font did is hidden or drawn by the page's own style.
"""

from __future__ import annotations

import html
import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from expectations.suites import Suite
from expectations.wording import Words

if TYPE_CHECKING:
    from great_expectations.core.expectation_validation_result import ExpectationSuiteValidationResult

_LOADED = re.compile(r"<!--.*?-->|<(script|style)\b.*?</\1>|<(?:link|img|iframe)\b[^>]*>", re.I | re.S)
_LINKED = re.compile(r"""<a\b[^>]*\bhref=["'](?:(?:https?:)?//|\.\./)[^>]*>(.*?)</a>""", re.I | re.S)     # out of the folder
_COUNTED = re.compile(r'<meta name="unexpected" content="(\d+)/(\d+)"><title>(.*?)</title>')
_ADDRESS = re.compile(r"""(?:https?:)?//[\w.-]+\.[a-z]{2,}[^\s"'<>)]*""", re.I)
_HEAD = """<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src 'none'">
<style>
body {font-family: sans-serif; margin: 1em 2em; color: #222}
table {border-collapse: collapse; margin: .5em 0} th, td {border: 1px solid #bbb; padding: .2em .6em; text-align: left}
button, form, nav, .modal, .sticky, [data-toggle=collapse] {display: none}
.fa-check-circle::before {content: "✓"; color: #06752b} .fa-times::before {content: "✗"; color: #b00020}
</style>"""


class Site:
    """The pages of one run in a folder of their own; `start` takes away what an earlier run left."""

    def __init__(self, folder: Path, words: Words) -> None:
        self.folder, self.words = folder, words

    def start(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)

    def add(self, suite: Suite, result: ExpectationSuiteValidationResult) -> None:
        """The page of one suite."""
        from great_expectations.render.renderer import ValidationResultsPageRenderer
        from great_expectations.render.view import DefaultJinjaPageView

        page = offline(DefaultJinjaPageView().render(ValidationResultsPageRenderer().render(result)))
        failed = sum(not one.success for one in result.results)
        title = html.escape(f"{suite.title or self.words.table(suite.table)}（{suite.name}）")
        told = f'<meta name="unexpected" content="{failed}/{len(result.results)}"><title>{title}</title></head>'
        page = re.sub(r"<title>.*?</title>", "", page, count=1, flags=re.S).replace("</head>", told, 1)
        page = re.sub(r"<body\b[^>]*>", lambda body: f'{body[0]}<p><a href="index.html">全部表</a></p><h1>{title}</h1>', page, count=1)
        (self.folder / f"{suite.name}.html").write_text(page, encoding="utf-8")

    def finish(self) -> None:
        """The page that leads to the others, each with how many of its expectations were not met."""
        lines = "\n".join(self._line(path) for path in sorted(self.folder.glob("*.html")) if path.name != "index.html")
        (self.folder / "index.html").write_text(
            f'<!doctype html><html lang="zh"><head>{_HEAD}<title>数据质量规则</title></head>'
            "<body><h1>数据质量规则检查结果</h1><table><tr><th>表</th><th>规则</th><th>未通过</th></tr>\n"
            f"{lines}\n</table></body></html>\n", encoding="utf-8")

    @staticmethod
    def _line(path: Path) -> str:
        found = _COUNTED.search(path.read_text(encoding="utf-8"))
        failed, rules, title = found.groups() if found else ("—", "—", html.escape(path.stem))
        mark = f'<i class="fa-times"></i> {failed}' if failed not in ("0", "—") else failed
        return f'<tr><td><a href="{html.escape(path.name)}">{title}</a></td><td>{rules}</td><td>{mark}</td></tr>'


def offline(page: str) -> str:
    """The page without anything that a browser would fetch, or a reader could follow, outside of it."""
    page = _LINKED.sub(r"\1", _LOADED.sub("", page))
    return re.sub(r"<head\b[^>]*>", lambda head: head[0] + _HEAD, _ADDRESS.sub("", page), count=1, flags=re.I)

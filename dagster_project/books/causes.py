"""Why a cell of a restated month is another one than before: the files that came since, the policy, the month before."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta

import duckdb

from dagster_project.books.manifest import code_sha256, read_manifest, reference
from dagster_project.desk.due import window_days
from dagster_project.desk.places import NATION
from dagster_project.lake import quoted
from dagster_project.months import month_end, previous_month
from dagster_project.previous_edition import Edition, editions
from dagster_project.settings import Settings
from exports import FORMS, RESTRICTED_FORMS

DECISIONS = "office."   # what the office decided can change any form
NAMED = 5               # files named in one cell


class Causes:
    """What came between an edition and the next one of the same month."""

    def __init__(self, settings: Settings, replaced: Edition, edition: Edition, software_version: str) -> None:
        """`edition`: the one being issued, its marts already laid; `software_version`: the one that it prints."""
        known = read_manifest(replaced)
        self._files = _received_since(settings, known.register_lines, replaced)
        self._own = {file for file, *_ in self._files}
        self._others = [*_policy(replaced, edition), *_month_before(settings, replaced, known.previous_edition),
                        *([] if known.software_version == software_version else [
                            f"软件版本由 {known.software_version} 变为 {software_version}"])]
        self._code = known.code_sha256 == code_sha256()
        self._sources = {module.FORM.number: set(module.FORM.sources) for module in (*FORMS, *RESTRICTED_FORMS)}

    def of(self, form: int | None, files: Collection[str]) -> str:
        """Of a changed cell. `files`: the sources of its row; without any new one, those that the form rests on."""
        mine = sorted(self._own.intersection(files))
        if mine:
            return _named(mine)
        sources = self._sources.get(form) if form is not None else None
        concerned = [line for line in self._files
                     if sources is None or line[1] in sources or (line[1] or "").startswith(DECISIONS)]
        in_time = [line for line in concerned if line[2]] or concerned
        found = [_named(sorted({file for file, *_ in in_time}))] if in_time else []
        if found or self._others:
            return "；".join(found + self._others)
        if self._own:
            return "本表所用来源没有新收文件，由其他来源的新收文件引起：" + _named(sorted(self._own))
        return "没有新收文件" if self._code else "没有新收文件，计算程序有变化"

    def summary(self) -> list[str]:
        """All of them, for the head of the comparison."""
        return [f"新收文件：{file}" for file in sorted({file for file, _, in_time in self._files if in_time})] + self._others


def _received_since(settings: Settings, lines: int, replaced: Edition) -> list[tuple[str, str | None, bool]]:
    """(file, table, whether its date lets a snapshot of it count in the month) of every sheet received since."""
    as_of = month_end(replaced.month)
    last = as_of + timedelta(window_days(NATION, as_of))
    with duckdb.connect() as con:
        return con.execute(
            f"""select distinct file_name, table_id, snapshot_date <= ? from
                read_parquet('{quoted(settings.lake / 'sheets')}/*.parquet', union_by_name = true)
                where received_order > ? and outcome in ('accepted', 'partly') order by all""", [last, lines]).fetchall()


def _policy(replaced: Edition, edition: Edition) -> list[str]:
    """Parameters in force whose rows are other ones."""
    with duckdb.connect() as con:
        for name, one in (("l", replaced), ("r", edition)):
            con.execute(f"create view {name} as from read_parquet('{quoted(one.mart('policy_in_force'))}')")
        columns = "id, region_code, value, basis"
        rows = con.execute(f"""select distinct id from (
            (select {columns} from l except select {columns} from r) union all
            (select {columns} from r except select {columns} from l)) order by id""").fetchall()
    return [f"政策参数变化：{'、'.join(row[0] for row in rows[:NAMED])}{'等' if len(rows) > NAMED else ''}"] if rows else []


def _month_before(settings: Settings, replaced: Edition, rested_on: object) -> list[str]:
    before = editions(settings, replaced.month).get(previous_month(replaced.month))
    now = reference(before) if before else None
    return [] if now == rested_on or now is None else [f"所依据的上期 {now.month} 现为第 {now.edition} 版"]


def _named(files: list[str]) -> str:
    return "、".join(files[:NAMED]) + (f" 等 {len(files)} 个文件" if len(files) > NAMED else "")

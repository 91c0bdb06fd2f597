"""One file of the archive becomes its lake files, sheet by sheet, every row accounted for."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import duckdb
import pyarrow as pa

from dagster_project.lake import CORRECTED, DELIVERED, ISSUES, REJECTED
from dagster_project.receive.archive import Receipt, object_path
from dagster_project.receive.context import snapshot_date
from dagster_project.receive.contracts import load_contracts
from dagster_project.receive.corrected import (
    earlier,
    keep_own_rows,
    make_corrected,
    make_net_delivered,
    settle_scopes,
)
from dagster_project.receive.corrections import Claim, claim_of, read_correction
from dagster_project.receive.delivered import (
    add_issue,
    make_delivered,
    mark_repeated,
    mark_stray,
    narrow_scope,
    report_assumed_year,
)
from dagster_project.receive.known_farms import DIRECTORY, READ_WITH, KnownFarms
from dagster_project.receive.lake_files import LakeFile
from dagster_project.receive.listed_values import VALUE_HEADER, ListedValue, is_list, listed_values
from dagster_project.receive.own_output import own_page
from dagster_project.receive.readers import Sheet, read
from dagster_project.receive.recognise import Received, Recogniser, Recognition
from dagster_project.receive.refusal import Refusal, place
from dagster_project.receive.refusals import no_contract
from dagster_project.receive.rows import make_cells, total_mismatches
from dagster_project.receive.screen import Screen
from dagster_project.receive.sheet_lines import SheetLine, write_sheets
from dagster_project.receive.sniff import is_bundle
from dagster_project.receive.sql import literal
from dagster_project.receive.unseen import hidden_note, report_uncomputed
from dagster_project.receive.values import type_sheet
from dagster_project.receive.zip_members import unpacked_members
from dagster_project.settings import Settings

NO_HEADER = "没有已知的表头，按说明页忽略。"
LIST_NOTE = "退回清单的目录页，不是数据。"
TO_TRY_AGAIN = "-"       # no version: what a sheets file says that stands for a file that failed
FUTURE_NOTE = "文件的修改时间晚于接收时间，没有采用，数据日期按接收日期推定。"


class FileLanding:
    """Lands one file. `seconds` collects the time of each step."""

    def __init__(self, con: duckdb.DuckDBPyConnection, settings: Settings, recogniser: Future[Recogniser] | Recogniser, key: bytes,
                 receipt: Receipt, version: str, seconds: dict[str, float], farms: KnownFarms) -> None:
        self.con, self.settings, self._recogniser, self.key = con, settings, recogniser, key
        self.receipt, self.version, self.seconds, self.farms = receipt, version, seconds, farms
        self.reads_farms = False        # whether a row depends on the set of known farms
        self.path = object_path(settings.archive, receipt.content_hash)
        self.received = Received(
            receipt.content_hash, receipt.path, receipt.order,
            datetime.fromisoformat(receipt.modified_at).date(), datetime.fromisoformat(receipt.received_at).date())
        self.lines: list[SheetLine] = []
        self.members = 0        # of a zip
        self.listed: list[ListedValue] = []     # of a 退回清单 that came back
        self.files = {zone: self._file(zone) for zone in ("raw", "rejected", "issues", "delivered", "corrected")}
        self.typed = {table: self._file(f"typed/{table}") for table in load_contracts()}

    def _file(self, zone: str) -> LakeFile:
        return LakeFile(self.settings.lake / zone / f"{self.receipt.content_hash}.parquet")

    @property
    def names_farms(self) -> bool:
        """Whether the file brought rows of the farm directory."""
        return any(line.table_id == DIRECTORY and line.accepted for line in self.lines)

    @property
    def recogniser(self) -> Recogniser:
        """Loaded beside the decoding of the first file."""
        return self._recogniser.result() if isinstance(self._recogniser, Future) else self._recogniser

    def run(self) -> str:
        """Writes all lake files; a few words on what became of the file."""
        self._write(self._read_all, self.version)
        return self._words()

    def give_up(self) -> str:
        """Puts the file down as one that could not be taken; every later run tries it again. The sentence."""
        refusal = Refusal("UNSUPPORTED", f"{place(self.receipt.path)}在处理中使程序出错，本次没有收入任何一行，其余文件照常处理。"
                                         "下次运行会再试；仍不成功时，请将该文件另存为 .xlsx 后再放入收件箱，并告知维护人员。")
        self._write(lambda: self._refuse("", 0, refusal, 0), TO_TRY_AGAIN)
        return refusal.sentence

    def _read_all(self) -> None:
        self._sheets()
        self._settle()

    def _write(self, make: Callable[[], None], version: str) -> None:
        marker = self.settings.lake / "sheets" / f"{self.receipt.content_hash}.parquet"
        marker.unlink(missing_ok=True)
        try:
            make()
            for file in (*self.files.values(), *self.typed.values()):
                with self._timed("写入"):
                    file.finish(self.con)
        finally:
            for file in (*self.files.values(), *self.typed.values()):
                file.drop()
        for line in self.lines:
            line.check()
        write_sheets(self.con, marker, self.lines, version, {READ_WITH: self.farms.digest} if self.reads_farms else {})

    def _sheets(self) -> None:
        if is_bundle(self.path):
            self._bundle()
            return
        sheets = read(self.path, self.settings, self.receipt.path, self._screen)
        index = -1
        while True:
            try:
                with self._timed("读取"):
                    sheet = next(sheets, None)
            except Refusal as refusal:
                self._refuse("", index + 1, refusal, 0)
                return
            if sheet is None:
                return
            index = sheet.index
            self._sheet(sheet)

    def _screen(self, cells: pa.Table, merges: list[tuple[int, int, int, int]],
                received: Received | None = None) -> Screen | None:
        """How to tell what is not ours in a large table, of which this is the head."""
        try:
            found = self.recogniser.recognise(Sheet("", 0, cells, merges), received or self.received)
        except Refusal:
            return None
        return Screen.of(found.plan, found.last_header_row, self.farms.codes) if found else None

    def _bundle(self) -> None:
        """A zip's members have receipts of their own; its own lines are those of members that could not be taken."""
        scratch = self.settings.lake / "raw" / f"{self.receipt.content_hash}.member.tmp"
        try:
            for member, refusal in unpacked_members(self.path, self.receipt.path, self.settings, scratch):
                self.members += 1
                if refusal:
                    self._refuse("", 0, refusal, 0, member.path)
        except Refusal as refusal:
            self._refuse("", 0, refusal, 0)

    def _sheet(self, sheet: Sheet) -> None:
        if sheet.refusal:
            self._refuse(sheet.name, sheet.index, sheet.refusal, 0)
            return
        with ThreadPoolExecutor(1) as beside:
            raw = beside.submit(self._write_raw, sheet)
            try:
                with self._timed("识别"):
                    own = LIST_NOTE if is_list(sheet) else own_page(sheet, self.path)
                    self.listed += listed_values(sheet) if own == LIST_NOTE else []
                    claim = None if own else claim_of(sheet, self.path, self.receipt.path)
                    found = None if own or claim else self.recogniser.recognise(sheet, self.received)
                if claim:
                    self._land_correction(sheet, claim)
                elif found:
                    self._land(sheet, found)
                else:
                    rows = sheet.filled_rows()
                    self.lines.append(self._line(sheet.name, sheet.index, "ignored", rows_read=rows, ignored=rows,
                                                 reason=own or NO_HEADER))
            except Refusal as refusal:
                rows = max(sheet.filled_rows() - refusal.last_header_row, 0)
                self._refuse(sheet.name, sheet.index, refusal, rows)
            with self._timed("原文"):
                raw.result()

    def _land(self, sheet: Sheet, found: Recognition) -> None:
        con, plan = self.con, found.plan
        con.register("sheet", sheet.cells)
        with self._timed("分行"):
            rows_read, ignored = make_cells(con, found, sheet.width, sheet.screen.last if sheet.screen else 0)
        with self._timed("定型"):
            type_sheet(con, "cells", plan, self.recogniser.regions, self.key)
        with self._timed("核对"):
            for row, column, raw, sentence in () if sheet.screen else total_mismatches(con, found):
                add_issue(con, found, row, column, raw, "TOTAL_MISMATCH", sentence)
            report_uncomputed(con, found, sheet)
            report_assumed_year(con, found)
            mark_repeated(con, found)
            mark_stray(con, found)
            narrow_scope(con, found)
            make_delivered(con, found)
            counts = self._counts()
            counts["out_of_scope"] += sheet.screen.outside if sheet.screen else 0
            self.reads_farms |= self.farms.reads(con, plan.contract, counts["out_of_scope"])
            con.execute(f"create or replace temp table corrected ({', '.join(f'{n} {t}' for n, t in CORRECTED.items())})")
        self._store(plan.contract.id)
        drift = [header for index, header in plan.unknown if index not in found.also]
        rejected = counts["rejected"]
        outcome = "accepted" if not rejected else "partly" if counts["accepted"] else "rejected"
        reason = (FUTURE_NOTE if found.modified_in_future else "") + (hidden_note(con, sheet) or "")
        if rejected:
            reason = reason + (f"有 {rejected} 行退回，见退回清单。" if counts["accepted"] else "所有数据行都有必填错误，已全部退回，见退回清单。")
        self.lines.append(SheetLine(
            self.receipt.content_hash, self.receipt.path, sheet.name, sheet.index, self.receipt.order, outcome,
            plan.snapshot_date, found.snapshot_assumed, plan.contract.id, plan.variant.id if plan.variant else None,
            rows_read, counts["accepted"], rejected, counts["out_of_scope"], ignored, self._withheld(), reason=reason or None, header_row=found.header_row,
            last_header_row=None if found.record else found.last_header_row, title=found.title,
            named_counties=",".join(found.named_counties) or None,
            drift=json.dumps(drift, ensure_ascii=False) if drift else None,
        ))

    def _store(self, table_id: str) -> None:
        """Adds what stands in the tables of one sheet to the file's lake files."""
        zones = (("rejected", REJECTED), ("issues", ISSUES), ("delivered", DELIVERED), ("corrected", CORRECTED))
        with self._timed("写入"):
            if self._any("typed"):
                self.typed[table_id].add(self.con, "select * from typed")
            for zone, columns in zones:
                if self._any(zone):
                    self.files[zone].add(self.con, f"select {_cast(columns)} from {zone}")

    def _any(self, table: str) -> bool:
        return bool(self.con.execute(f"select 1 from {table} limit 1").fetchall())

    def _land_correction(self, sheet: Sheet, claim: Claim) -> None:
        """The original is typed anew with the corrected rows in it; only these become rows of this file."""
        con = self.con
        with self._timed("识别"):
            correction = read_correction(con, self.settings, self.recogniser, sheet, claim, self.received,
                                         self._screen, self.listed)
        found, patched, origin = correction.found, correction.patched, correction.origin
        plan, named = found.plan, (self.receipt.content_hash, self.receipt.path, sheet.name)
        con.register("sheet", patched.cells)
        with self._timed("分行"):
            screen = patched.screen
            rows_read, ignored = make_cells(con, found, patched.width, screen.last if screen else 0)
        with self._timed("定型"):
            type_sheet(con, "cells", plan, self.recogniser.regions, self.key)
        with self._timed("核对"):
            whole = self._counts()
            whole["out_of_scope"] += screen.outside if screen else 0
            if rows_read != sum(whole.values()) + ignored:
                raise AssertionError(f"{self.receipt.path} [{sheet.name}]: {rows_read} rows of the corrected sheet are "
                                     f"not {whole} and {ignored} ignored")
            self.reads_farms |= self.farms.reads(con, plan.contract, whole["out_of_scope"])
            for row, column, raw, sentence in () if screen else total_mismatches(con, found):
                add_issue(con, found, row, column, raw, "TOTAL_MISMATCH", sentence)
            before = earlier(con, self.settings.lake, correction)
            mark_repeated(con, found)
            mark_stray(con, found, before.counties, before.stray)
            if not before.scopes:
                narrow_scope(con, found)
            keep_own_rows(con, correction, *named)
            settle_scopes(con, plan.contract, before)
            make_corrected(con, correction, named[0], sheet.name)
            make_net_delivered(con, correction, *named)
            counts = self._counts() | {"out_of_scope": self._outside()}
            ignored = correction.blank + correction.unchanged + self._mine_in("ignored")
        self._store(plan.contract.id)
        rejected = counts["rejected"]
        outcome = "accepted" if not rejected else "partly" if counts["accepted"] else "rejected"
        reason = (f"更正{place(origin.file_name, origin.sheet)}：改动 {len(correction.changed)} 行，没有改动 "
                  f"{correction.unchanged} 行" + (f"，其中 {rejected} 行仍有必填错误，见退回清单。" if rejected else "。"))
        when, assumed, _ = snapshot_date(self.receipt.path, None, self.received.modified, self.received.received)
        if not assumed and when != origin.snapshot_date:
            reason += f"文件名中的日期 {when} 没有采用，更正的行按原件的数据日期 {origin.snapshot_date} 入账。"
        self.lines.append(SheetLine(
            *named, sheet.index, self.receipt.order, outcome, origin.snapshot_date, origin.snapshot_date_assumed,
            plan.contract.id, plan.variant.id if plan.variant else None, correction.rows_read,
            counts["accepted"], rejected, counts["out_of_scope"], ignored, self._withheld(), reason=reason,
            header_row=claim.header_row, last_header_row=claim.header_row, title=found.title,
            named_counties=",".join(found.named_counties) or None))

    def _mine_in(self, table: str) -> int:
        return self.con.execute(f"select count(*) from _mine semi join {table} using (row_number)").fetchall()[0][0]

    def _outside(self) -> int:
        """Corrected rows that turn out to be of another kind of entity."""
        return self.con.execute("""select count(distinct m.own_row) from _mine m semi join cells using (row_number)
            where m.own_row not in (select row_number from typed)
              and m.own_row not in (select row_number from rejected)""").fetchall()[0][0]

    def _counts(self) -> dict[str, int]:
        """Sheet rows by outcome; of a wide layout a row is rejected when any of its cells is."""
        accepted, rejected, outside = self.con.execute("""
            select (select count(distinct row_number) from typed
                    where row_number not in (select row_number from rejected)),
                   (select count(distinct row_number) from rejected),
                   (select sum(n)::bigint from out_of_scope_count)""").fetchall()[0]
        return {"accepted": accepted, "rejected": rejected, "out_of_scope": outside}

    def _withheld(self) -> int:
        return self.con.execute("select coalesce(sum(n), 0)::bigint from withheld").fetchall()[0][0]

    def _write_raw(self, sheet: Sheet) -> None:
        cells = ", ".join(f"c{i}" for i in range(sheet.width))
        with self.con.cursor() as con:
            con.register("raw_sheet", sheet.cells)
            self.files["raw"].add(con, (
                f"select {literal(self.receipt.content_hash)} as content_hash, {literal(sheet.name)} as sheet, "
                f"row_number, [{cells}] as cells from raw_sheet"))

    def _line(self, sheet: str, index: int, outcome: str, **values: Any) -> SheetLine:
        when, assumed, _ = snapshot_date(self.receipt.path, None, self.received.modified, self.received.received)
        return SheetLine(self.receipt.content_hash, self.receipt.path, sheet, index, self.receipt.order, outcome,
                         when, assumed, **values)

    def _refuse(self, sheet: str, index: int, refusal: Refusal, rows: int, member: str | None = None) -> None:
        """A whole file or sheet is listed like a row: one line, without row and column."""
        line = self._line(sheet, index, "rejected", table_id=refusal.table_id, rows_read=rows, rejected=rows,
                          reason_code=refusal.code, reason=refusal.sentence,
                          header_row=refusal.header_row)
        line.file_name = member or line.file_name
        self.lines.append(line)
        self._reject(file_name=line.file_name, sheet=sheet, table_id=refusal.table_id, code=refusal.code,
                     sentence=refusal.sentence)

    def _reject(self, **values: str | None) -> None:
        values["content_hash"] = self.receipt.content_hash
        columns = ", ".join(f"cast({literal(values.get(name))} as {kind}) as {name}" for name, kind in REJECTED.items())
        self.files["rejected"].add(self.con, f"select {columns}")

    def _settle(self) -> None:
        self._settle_list()
        self._settle_unrecognised()

    def _settle_list(self) -> None:
        """Values of a list that reached no row are rejected rows of the list."""
        lost = [item for item in self.listed if item.fault]
        for item in lost:
            self._reject(file_name=self.receipt.path, sheet=item.sheet, row_number=str(item.row_number),
                         column_name=VALUE_HEADER, code="BAD_VALUE", sentence=item.sentence(self.receipt.path))
        for line in self.lines:
            if n := sum(1 for item in lost if item.sheet == line.sheet):
                line.outcome, line.rejected, line.ignored = "rejected", n, line.ignored - n
                line.reason = f"退回清单中填写的更正值有 {n} 处没有采用，见退回清单。"

    def _settle_unrecognised(self) -> None:
        """A file of which not one sheet was recognised is reported, whatever its sheets are."""
        if self.members:
            return
        if not self.lines:
            self._refuse("", 0, Refusal("EMPTY", f"{place(self.receipt.path)}里没有任何内容。请重新导出后再放入收件箱。"), 0)
        elif all(line.outcome == "ignored" and line.reason == NO_HEADER for line in self.lines):
            ignored, self.lines = self.lines, []
            for line in ignored:
                self._refuse(line.sheet, line.sheet_index,
                             no_contract(place(line.file_name, line.sheet)), line.rows_read)

    def _words(self) -> str:
        accepted, rejected = (sum(getattr(line, name) for line in self.lines) for name in ("accepted", "rejected"))
        tables = dict.fromkeys(load_contracts()[line.table_id].title for line in self.lines
                               if line.table_id and line.reason_code is None)
        codes = dict.fromkeys(line.reason_code for line in self.lines if line.reason_code)
        words = [*tables, f"接收 {accepted:,} 行"] if tables else []
        words += [f"退回 {rejected:,} 行"] if rejected else []
        words += [f"压缩包，内有 {self.members} 个文件"] if self.members else []
        return "，".join([*words, *(f"退回（{code}）" for code in codes)])

    @contextmanager
    def _timed(self, step: str) -> Iterator[None]:
        start = time.perf_counter()
        try:
            yield
        finally:
            self.seconds[step] = self.seconds.get(step, 0.0) + time.perf_counter() - start


def _cast(columns: dict[str, str]) -> str:
    return ", ".join(f"cast({name} as {kind}) as {name}" for name, kind in columns.items())

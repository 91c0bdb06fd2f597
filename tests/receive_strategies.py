"""Random sheets of any contract, with the typed rows that they must become.

A value is drawn first, then one of the ways in which exports write it (spec 1.1, 1.2): what the rows must
become is known before anything is read, and nothing of it is computed by the code under test. Contracts are
only asked for what they say (headers, units, spellings, keys).
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from random import Random
from typing import Any

from receive_spellings import (
    NULLS,
    OF_COUNTS,
    Cell,
    Drawn,
    DrawnColumn,
    area,
    boolean,
    choice,
    credit_code,
    date_cell,
    day,
    identity_cell,
    integer,
    keyed,
    money,
    month_cell,
    nothing,
    number,
    phone_cell,
    ratio,
    text_cell,
    wide,
    year_cell,
)
from receive_writers import ENDINGS, KINDS, NATIVE, ONE_NAME, Page, touch, write

from dagster_project.receive.contracts import LINEAGE, Column, Contract, Type, load_contracts

# Prefecture: code, name, province, counties: code → spellings.
PLACES = (
    ("150300", "乌海市", "内蒙古自治区", {
        "150302": ("海勃湾区", "海勃湾"), "150303": ("海南区", "海南"), "150304": ("乌达区", "乌达")}),
    ("150600", "鄂尔多斯市", "内蒙古自治区", {
        "150623": ("鄂托克前旗", "鄂前旗"), "150624": ("鄂托克旗", "鄂托克"), "150622": ("准格尔旗", "准格尔")}),
    ("330200", "宁波市", "浙江省", {
        "330203": ("海曙区", "海曙"), "330205": ("江北区", "江北"), "330225": ("象山县", "象山")}),
)
GROUPS = ("基本情况", "有关情况", "主要内容", "填报内容", "明细", "其中各项")
UNKNOWN = ("系统流水号", "导出批次", "自定义字段", "扩展信息")
FOOTERS = ("填报人：样例某", "审核：样例某　　填报人：样例某", "备注：本表由系统导出", "制表人: 样例某", "说明：数据截至月底")
TOTALS = ("合计", "小计", "总计", "合 计", "合计：")


@dataclass
class DrawnRow:
    cells: list[Cell]
    expected: dict[str, Any]         # typed column → value; empty when out of scope
    number: int = 0                  # row number in the sheet
    in_scope: bool = True


@dataclass
class DrawnSheet:
    """A file of one sheet, as it arrives, and what must come of it."""

    contract: Contract
    place: tuple
    snapshot: date
    path: str = ""                   # below inbox/
    sheet: str = ""
    kind: str = "xlsx"               # xlsx or the encoding of a CSV
    delimiter: str = ","
    columns: list[DrawnColumn] = field(default_factory=list)
    rows: list[DrawnRow] = field(default_factory=list)
    above: list[list[Cell]] = field(default_factory=list)
    head: list[list[Cell]] = field(default_factory=list)
    merges: list[tuple[int, int, int, int]] = field(default_factory=list)
    body: list[list[Cell] | DrawnRow] = field(default_factory=list)
    totals: dict[int, int] = field(default_factory=dict)      # row number → index of a summed column
    modified: datetime = datetime(2024, 12, 31, 12, tzinfo=UTC)

    @property
    def first_data_row(self) -> int:
        return len(self.above) + len(self.head) + 1

    def lines(self) -> list[list[Cell]]:
        return [*self.above, *self.head, *(x.cells if isinstance(x, DrawnRow) else x for x in self.body)]

    def index(self, name: str) -> int | None:
        return next((i for i, c in enumerate(self.columns) if c.column and c.column.name == name), None)

    def page(self) -> Page:
        return Page(self.sheet, self.lines(), self.merges)

    @property
    def last_filled_row(self) -> int:
        return max(n for n, line in enumerate(self.lines(), 1) if any(str(c).strip() for c in line if c is not None))

    @property
    def rows_read(self) -> int:
        return self.last_filled_row - self.first_data_row + 1

    def write(self, inbox: Path) -> Path:
        write_book(inbox, [self])
        return inbox / self.path


def write_book(inbox: Path, sheets: Sequence[DrawnSheet]) -> None:
    """Writes the sheets of one file."""
    first = sheets[0]
    write(inbox / first.path, first.kind, [sheet.page() for sheet in sheets], first.delimiter)
    touch(inbox / first.path, first.modified.timestamp())


@dataclass(frozen=True)
class Book:
    """What the tables of one workbook share."""

    place: tuple
    county: str
    snapshot: date
    kind: str
    path: str


def draw_book(r: Random) -> Book:
    place, snapshot, kind = r.choice(PLACES), day(r, date(2021, 1, 1), date(2024, 11, 30)), r.choice(("xlsx", "xls", "ods"))
    county = r.choice(sorted(place[3]))
    return Book(place, county, snapshot, kind, f"{place[1]}/{place[3][county][0]}/汇总{snapshot:%Y%m%d}.{ENDINGS[kind][0]}")


def header_key(text: str) -> str:
    """Which headers are the same (spec 1.1): without spaces, width, style of brackets, trailing unit."""
    key = "".join(unicodedata.normalize("NFKC", text).split()).lower()
    for units in ("元", "万元", "亩", "%", "人", "户", "个", "家", "名", "人次", "次", "次数", "百分制"):
        key = key.removesuffix(f"({units})")
    return key


def headers_of(contract: Contract) -> set[str]:
    keys = {header_key(h) for column in contract.columns for h in column.headers}
    return keys | {header_key(h) for v in contract.variants for names in v.aliases.values() for h in names}


class Drawing:
    """Draws one sheet of a contract."""

    def __init__(self, r: Random, contract: Contract, rows: int, book: Book | None = None) -> None:
        self.r, self.contract, self.size, self.book = r, contract, rows, book
        snapshot = book.snapshot if book else day(r, date(2021, 1, 1), date(2024, 11, 30))
        self.sheet = DrawnSheet(contract, book.place if book else r.choice(PLACES), snapshot)
        self.sheet.kind = book.kind if book else r.choice(KINDS)
        self.native = self.sheet.kind in NATIVE
        self.merged = self.native or self.sheet.kind == "html"
        self.counties = sorted(self.sheet.place[3])
        self.county_column = next((c for c in contract.columns if c.region == "county"), None)
        self.code_column = next((c for c in contract.columns if c.type is Type.credit_code), None)
        self.context: dict[str, Any] = {}      # column → value that stands around the table
        self.one_county: str | None = None     # the county that the surroundings name
        self.unit_line: str | None = None

    def draw(self) -> DrawnSheet:
        self._columns()
        self._around()
        for serial in range(1, self.size + 1):
            self._row(serial)
        self._body()
        return self.sheet

    def _columns(self) -> None:
        r, contract = self.r, self.contract
        context = set()
        if (self.county_column and "region_line" in self.county_column.from_context and r.randrange(4) == 0):
            context.add(self.county_column.name)
        years = [c for c in contract.columns if c.type is Type.year and "title_year" in c.from_context]
        if years and r.randrange(3) == 0:
            context.add(years[0].name)
        keys = {n for alternative in contract.key for n in alternative}
        chosen = [c for c in contract.columns
                  if c.name not in context and (c.required or c.not_blank or c.expected or c.name in keys
                                                or r.randrange(10) < 7)]
        r.shuffle(chosen)
        self.unit_line = r.choice((None, None, "元", "万元"))
        owners: dict[str, str] = {}
        for column in contract.columns:
            for text in column.headers:
                owners.setdefault(header_key(text), column.name)
        columns = [self._column(column, owners) for column in chosen]
        if r.randrange(3) == 0:
            columns.insert(0, DrawnColumn("序号"))
        known = set().union(*map(headers_of, load_contracts().values()))
        for text in r.sample(UNKNOWN, r.randrange(3)):
            assert header_key(text) not in known
            columns.insert(r.randrange(1, len(columns) + 1), DrawnColumn(text, drift=True))
        self.sheet.columns = columns
        self.context = dict.fromkeys(context)

    def _column(self, column: Column, owners: dict[str, str]) -> DrawnColumn:
        r = self.r
        text = r.choice([h for h in column.headers if owners[header_key(h)] == column.name])
        said = next((u for u in ("万元", "元", "%") if text.endswith((f"（{u}）", f"({u})"))), None)
        if column.type is Type.money:
            base = text.removesuffix(f"（{said}）") if said else text
            said = r.choice((said, None, "元", "万元"))
            text = base + (f"（{said}）" if said else "")
            unit = said or self.unit_line or column.unit
        elif column.type is Type.ratio:
            base = text.removesuffix("（%）")
            said = r.choice(("%", None))
            text, unit = base + ("（%）" if said else ""), said
        else:
            unit = column.unit
            if unit in OF_COUNTS and not text.endswith("）") and r.randrange(4) == 0:
                text += f"（{unit}）"
            if column.type is Type.area and r.randrange(3) == 0 and not text.endswith("）"):
                text += "（亩）"
        return DrawnColumn(self._decorated(text), column, unit)

    def _decorated(self, text: str) -> str:
        """Another print of the same header."""
        match self.r.randrange(7 if len(text) > 1 else 1):
            case 0:
                return text.replace("（", "(").replace("）", ")")
            case 1:
                at = self.r.randrange(1, len(text))
                return text[:at] + self.r.choice((" ", "\n", "\u3000")) + text[at:]
            case 2:
                return text.replace("（", " （")
            case 3:
                return text.replace("（", "【").replace("）", "】")
            case 4:
                return wide(text)
        return text

    def _around(self) -> None:
        """Path, title, unit line and the lines that name place and time; header rows with groups."""
        r, sheet, contract = self.r, self.sheet, self.contract
        prefecture, counties = sheet.place[1], sheet.place[3]
        needs_place = self.county_column is None and not (self.code_column and self.code_column.required)
        by_line = self.county_column is not None and self.county_column.name in self.context
        if needs_place or by_line or (self.county_column is None and r.randrange(2)):
            self.one_county = r.choice(self.counties)
        if self.book:
            self.one_county = self.book.county
        words = [contract.title.split("(")[0].replace("/", "")[:12], "导出", "明细表"]
        name = r.choice(words)
        if contract.evidence:
            name = contract.evidence[-1] + name
        folder = prefecture if not self.one_county or by_line else f"{prefecture}/{counties[self.one_county][0]}"
        title = r.choice((None, None, f"{prefecture}{contract.title.split('(')[0]}", "情况统计表"))
        year = next((c for c in contract.columns if c.type is Type.year and c.name in self.context), None)
        if year:
            self.context[year.name] = r.randrange(2015, sheet.snapshot.year + 1)
            title = f"{self.context[year.name]}年度{prefecture}情况表"
        if self.book:
            name = ""
        self.forced = self._needs_force(name, title) or r.randrange(10) == 0
        if self.forced:
            folder = f"{contract.id}/{folder}"
        s = sheet.snapshot
        dated = 2 if self.book else r.randrange(4)
        in_name = r.choice((f"{s:%Y%m%d}", f"{s:%Y-%m-%d}", f"{s.year}年{s.month}月{s.day}日", f"_{s:%Y.%m.%d}"))
        sheet.sheet = r.choice(("Sheet1", "导出数据", "名单")) if self.native else ""
        if sheet.kind in ("xlsb", "ods"):
            sheet.sheet = ONE_NAME
        ending = r.choice(ENDINGS.get(sheet.kind, ("csv", "txt")))
        sheet.path = self.book.path if self.book else f"{folder}/{name}{in_name if dated > 1 else ''}.{ending}"
        sheet.delimiter = r.choice(",,\t")
        if dated == 0:
            sheet.modified = datetime(s.year, s.month, s.day, 12, tzinfo=UTC)
        lines: list[list[Cell]] = []
        if title:
            lines.append([title])
            if r.randrange(4) == 0:
                lines.insert(0, [r.choice(("附件1", "附件"))])
        line: list[Cell] = []
        if by_line:
            text = r.choice(counties[self.one_county][:1])
            self.context[self.county_column.name] = text
            line.append(f"{r.choice(('区：', '填报单位：', '旗县：'))}{text}")
        elif r.randrange(4) == 0:
            line.append(f"填报单位：{prefecture}农牧局")
        if dated == 1:
            line.append(f"填报时间：{s.year}年{s.month}月{s.day}日")
        if self.unit_line:
            line.append(r.choice((f"单位：人、户、{self.unit_line}", f"（单位：{self.unit_line}）", f"单位:{self.unit_line}")))
        if line and r.randrange(2):
            lines.append(line)
        else:
            lines += [[piece] for piece in line]
        if lines and r.randrange(4) == 0:
            lines.insert(0 if r.randrange(2) else len(lines), [])
        width = len(sheet.columns)
        sheet.above = [[*line, *[None] * (width - len(line))] for line in lines]
        self._head()

    def _needs_force(self, name: str, title: str | None) -> bool:
        """Whether another contract knows as many of the sheet's headers: then only the folder tells."""
        printed = {header_key(c.header) for c in self.sheet.columns if c.column}
        said = name + (title or "") + "".join(c.header for c in self.sheet.columns)
        for other in load_contracts().values():
            if other.id == self.contract.id or (other.evidence and not any(w in said for w in other.evidence)):
                continue
            if len(printed & headers_of(other)) >= len(printed):
                return True
        return False

    def _head(self) -> None:
        r, sheet = self.r, self.sheet
        columns, top = sheet.columns, len(sheet.above) + 1
        depth = r.choice((1, 1, 1, 2, 2, 3)) if len(columns) > 4 else 1
        lines: list[list[Cell]] = [[None] * len(columns) for _ in range(depth)]
        labels = list(GROUPS)
        r.shuffle(labels)
        index = 0
        if columns[0].header == "序号":
            lines[0][0], index = "序号", 1
            sheet.merges.append((top, 1, top + depth - 1, 1))
        if not self.merged and depth > 1:      # without merges a column outside the groups proves the upper line
            known = next(i for i, c in enumerate(columns) if c.column)
            columns.insert(index, columns.pop(known))
            for row in sheet.rows:
                row.cells.insert(index, row.cells.pop(known))
            lines[0][index], index = columns[index].header, index + 1
        grouped_any = False
        while index < len(columns):
            size = r.randrange(2, 5)
            last_chance = not grouped_any and index + size * 2 > len(columns)
            # Without merges only a column that is known shows that a second line belongs to the header.
            shows = self.merged or any(c.column for c in columns[index:index + size])
            if depth > 1 and labels and shows and index + size <= len(columns) and (last_chance or r.randrange(2)):
                grouped_any = True
                levels = depth - 1 if depth == 2 or r.randrange(2) else 1
                names = [labels.pop() for _ in range(min(levels, len(labels)))]
                for level, label in enumerate(names):
                    lines[level][index] = label
                    sheet.merges.append((top + level, index + 1, top + level, index + size))
                for i in range(index, index + size):
                    lines[len(names)][i] = columns[i].header
                    if len(names) < depth - 1:
                        sheet.merges.append((top + len(names), i + 1, top + depth - 1, i + 1))
                index += size
            else:
                lines[0][index] = columns[index].header
                if depth > 1:
                    sheet.merges.append((top, index + 1, top + depth - 1, index + 1))
                index += 1
        while len(lines) > 1 and not any(lines[-1]):
            lines.pop()
        sheet.merges = [(a, b, min(c, top + len(lines) - 1), d) for a, b, c, d in sheet.merges]
        sheet.merges = [m for m in sheet.merges if m[:2] != m[2:]]
        sheet.head = lines
        if sheet.above and r.randrange(2) and len(columns) > 1 and not any(sheet.above[0][1:]) and sheet.above[0][0]:
            sheet.merges.append((1, 1, 1, len(columns)))
        if not self.merged:
            sheet.merges = []

    def _row(self, serial: int) -> None:
        r, contract = self.r, self.contract
        county = self.one_county or r.choice(self.counties)
        expected: dict[str, Any] = {}
        for column in contract.columns:
            expected |= nothing(column)
            if column.constant is not None:
                expected[column.name] = column.constant
        expected |= {v.wide.city_wide_column: False for v in contract.variants if v.wide and v.wide.city_wide_column}
        expected |= {n: v for n, v in self.context.items()}
        alternative = r.choice(contract.key)
        keys = {n for one in contract.key for n in one}
        cells: list[Cell] = []
        for c in self.sheet.columns:
            if c.column is None:
                cells.append(str(serial) if not c.drift else r.choice((None, "甲", f"X{serial}")))
                continue
            column = c.column
            free = not (column.required or column.not_blank or column.expected)
            blank = free and column.name not in alternative and r.randrange(4 if column.name not in keys else 2) == 0
            if column.name == "registration_no":
                blank = True
            if blank:
                said: Drawn = nothing(column), r.choice(NULLS + column.null_words)
                if column.withheld and r.randrange(2):
                    said = {column.name: None, column.name + "_is_public": False}, r.choice(("不公示", "选择不公示"))
            else:
                said = self._value(c, serial, county)
                if column.withheld:
                    said[0][column.name + "_is_public"] = True
            expected |= said[0]
            cells.append(said[1])
        row = DrawnRow(cells, expected)
        if contract.in_scope == "registry":
            self._registry(row, county)
        drift = {c.header: cell for c, cell in zip(self.sheet.columns, cells, strict=True) if c.drift}
        expected["drift"] = drift if any(drift.values()) else None
        expected["county_code"] = county
        self._derived(expected)
        if expected["entity_key"] not in {other.expected.get("entity_key") for other in self.sheet.rows}:
            self.sheet.rows.append(row)

    def _value(self, c: DrawnColumn, serial: int, county: str) -> Drawn:
        r, column, native = self.r, c.column, self.native
        match column.type:
            case Type.money:
                return money(r, c, native)
            case Type.area:
                return area(r, c, native)
            case Type.number:
                return number(r, c, native)
            case Type.integer:
                return integer(r, c, native)
            case Type.ratio:
                return ratio(r, c, native)
            case Type.boolean:
                return boolean(r, c, native)
            case Type.date:
                return date_cell(r, c, native, self.sheet.snapshot)
            case Type.month:
                return month_cell(r, c, native, self.sheet.snapshot)
            case Type.year:
                return year_cell(r, c, native, self.sheet.snapshot)
            case Type.enum:
                return choice(r, c)
            case Type.credit_code:
                # Where a county column speaks, the code may come from elsewhere: people move.
                free = self.county_column and self.sheet.index(self.county_column.name) is not None
                code = credit_code(r, r.choice(self.counties) if free and self.county_column.required else county)
                return {column.name: code}, r.choice((code, code, code.lower(), wide(code), f" {code} "))
            case Type.farm_code:
                code = "".join(r.choice("ABCDEFGHKMNPQRTUWXY0123456789") for _ in range(18))
                return {column.name: code}, r.choice((code, code, code.lower(), f"{code}\u200b"))
            case Type.identity:
                return identity_cell(r, c)
            case Type.phone:
                return phone_cell(r, c, native)
            case Type.region if column.region == "county":
                name = r.choice(self.sheet.place[3][county])
                text = r.choice((name, name, self.sheet.place[1] + self.sheet.place[3][county][0], county))
                return {column.name: text}, text
            case Type.region if column.region in ("province", "prefecture"):
                text = self.sheet.place[2 if column.region == "province" else 1]
                return {column.name: text}, text
        return text_cell(r, c, serial)

    def _registry(self, row: DrawnRow, county: str) -> None:
        """Old 注册号 in the code's column, family farms, and the enterprises that are none of ours."""
        r, at, kind = self.r, self.sheet.index("credit_code"), self.sheet.index("kind")

        def put(index: int | None, name: str, value: str | None, cell: Cell) -> None:
            if index is not None:
                row.cells[index], row.expected[name] = cell, value

        put(kind, "kind", "农民专业合作社", r.choice(("农民专业合作社", "农民专业合作社 ")))
        way = r.randrange(6)
        if way == 0:
            legacy = f"{county}NA{r.randrange(10**7):07}X"[:15]
            put(at, "credit_code", None, legacy)
            row.expected["registration_no"] = legacy
            row.in_scope = kind is not None       # neither class nor 类型 then says what it is
        elif way == 1 and kind is not None:
            code = credit_code(r, county, "92")
            put(at, "credit_code", code, code)
            put(kind, "kind", "个体工商户(家庭农场)", "个体工商户（家庭农场）")
        elif way == 2:
            code = credit_code(r, county, r.choice(("91", "92")))
            put(at, "credit_code", code, code)
            put(kind, "kind", "有限责任公司", "有限责任公司")
            row.in_scope = False

    def _derived(self, expected: dict[str, Any]) -> None:
        contract = self.contract
        prefecture = expected["county_code"][:4] + "00"

        def part(key: str) -> str | None:
            if key in ("county_code", "prefecture_code"):
                return expected["county_code"] if key == "county_code" else prefecture
            column = contract.column(key)
            value = expected[key + "_hash" if column.type is Type.identity else key]
            if value is None or column.type is Type.identity:
                return value
            secret = column.type in (Type.person, Type.phone) and column.personal != "public_representative"
            return keyed(value) if secret else str(value)

        for alternative in contract.key:
            parts = [part(key) for key in alternative]
            if None not in parts:
                expected["entity_key"] = "|".join(parts)
                break
        if contract.narrows_to is None:
            first = prefecture if "prefecture_code" in contract.replaces else expected["county_code"]
            parts = [first, *(part(key) for key in contract.replaces if key != "prefecture_code")]
            expected["scope"] = None if None in parts else "|".join(parts)
        own = contract.event_date
        if contract.delivery == "snapshot":
            expected["event_date"] = None
        elif own.year_end:
            expected["event_date"] = date(expected[own.year_end], 12, 31)
        else:
            expected["event_date"] = (expected[own.column] if own.column else None) or self.sheet.snapshot
        present = {c.column.name for c in self.sheet.columns if c.column} | set(self.context)
        present |= {c.name for c in contract.columns if c.constant is not None}
        if contract.absent_columns:
            absent = [c.name for c in contract.columns if c.name not in present]
            expected["absent_columns"] = ",".join(absent) or None
        if contract.layout_column:
            proof = {h for h in contract.optional_layout["2021"]}
            new = any(c.name in present and c.header in proof for c in contract.columns)
            expected[contract.layout_column] = "2021" if new else "2007"

    def _body(self) -> None:
        """Data rows with what stands between and below them."""
        r, sheet = self.r, self.sheet
        width = len(sheet.columns)
        body = sheet.body
        for row in sheet.rows:
            if body and r.randrange(8) == 0:
                body.append([None] * width)
            if body and r.randrange(10) == 0:
                body.extend([list(line) for line in sheet.head])
            body.append(row)
        if r.randrange(3) == 0:
            body.append(self._total())
        if r.randrange(3) == 0:
            body.append([None] * width)
        if r.randrange(3) == 0:
            body.append([r.choice(FOOTERS), *[None] * (width - 1)])
        for row_number, line in enumerate(body, sheet.first_data_row):
            if isinstance(line, DrawnRow):
                line.number = row_number

    def _total(self) -> list[Cell]:
        """A 合计 row that adds up, in the first whole-number column after the label's."""
        sheet = self.sheet
        line: list[Cell] = [self.r.choice(TOTALS), *[None] * (len(sheet.columns) - 1)]
        for index, c in enumerate(sheet.columns):
            column = [row.cells[index] for row in sheet.rows]
            if index and c.column and c.column.type is Type.integer and all(str(v).isdecimal() for v in column):
                line[index] = str(sum(int(unicodedata.normalize("NFKC", str(v))) for v in column))
                sheet.totals[sheet.first_data_row + len(sheet.body)] = index
                break
        return line


def draw_sheet(r: Random, contract: Contract, rows: int) -> DrawnSheet:
    return Drawing(r, contract, rows).draw()


def draw_sheets(r: Random, contracts: Sequence[Contract], rows: int) -> list[DrawnSheet]:
    """Sheets of one workbook. A table that only a folder's name could tell from another one is left out."""
    book, out = draw_book(r), []
    for contract in contracts:
        drawing = Drawing(r, contract, rows, book)
        sheet = drawing.draw()
        if not drawing.forced and not contract.evidence:
            sheet.sheet = f"表{len(out) + 1}" if out or book.kind != "ods" else ONE_NAME
            out.append(sheet)
    return out


def compared(contract: Contract) -> list[str]:
    """The typed columns that are compared; the others are lineage, looked at on their own."""
    own = [n for n in contract.typed() if n not in LINEAGE]
    scope = [] if contract.narrows_to else ["scope"]
    return [*own, "county_code", "entity_key", "event_date", "drift", *scope]


def plain(name: str, value: Any) -> Any:
    """A value of the lake for comparison. A drift column is known by its leaf: which groups go with it is told apart."""
    if name != "drift" or value is None:
        return value
    return {header.split("-")[-1]: text for header, text in json.loads(value).items()}

"""What a file is, by its content and never by its extension, and whether it is safe to unpack (rulings 6.1.8)."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path
from typing import BinaryIO, Literal

from dagster_project.receive.refusal import Refusal, place
from dagster_project.settings import Settings

Kind = Literal["xlsx", "xlsb", "ods", "xls", "text", "html", "mhtml", "xml2003", "zip"]

ZIP, OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
OTHER_FORMATS = ((b"%PDF", "PDF"), (b"Rar!", "RAR 压缩包"), (b"7z\xbc\xaf", "7z 压缩包"), (b"\x1f\x8b", "gzip 压缩包"),
                 (b"\x89PNG", "图片"), (b"\xff\xd8\xff", "图片"))
WIDE_TEXT = (b"\xff\xfe", b"\xfe\xff")
ODS_TYPE = b"application/vnd.oasis.opendocument.spreadsheet"
SPREADSHEET_ML = b"urn:schemas-microsoft-com:office:spreadsheet"
WEB_PAGE = re.compile(rb"<(?:html|head|body|meta|style|table|div|center|font|tr|!doctype html)\b", re.IGNORECASE)
WEB_ARCHIVE = re.compile(rb"(?:From: <Saved by|MIME-Version:|Content-Type: multipart/related)", re.IGNORECASE)
# Members below this size cannot hurt, however well they were packed.
HARMLESS_BYTES = 1 << 20
PROLOG_BYTES = 1 << 16
TAIL_BYTES = 4096
OLE_SECTOR = 512
OLE_SECTOR_SHIFTS = (b"\x09\x00", b"\x0c\x00")      # 512 or 4096 bytes
SAVE_AS = "请在 Excel 或 WPS 中打开后另存为 .xlsx 再放入收件箱"


def kind_of(path: Path, name: str, settings: Settings) -> Kind:
    """The format of the file at `path`, called `name` in sentences.

    Raises Refusal: EMPTY, TOO_LARGE, CORRUPT, ENCRYPTED, UNSAFE or UNSUPPORTED.
    """
    size = path.stat().st_size
    if size == 0:
        raise Refusal("EMPTY", f"{place(name)}是空文件（0 字节），没有可读的内容。请重新导出后再放入收件箱。")
    if size > settings.max_file_bytes:
        raise Refusal("TOO_LARGE", f"{place(name)}有 {size:,} 字节，超过上限 {settings.max_file_bytes:,} 字节。"
                                   "请按旗县或年度拆成几个文件后再放入收件箱。")
    with path.open("rb") as file:
        head = file.read(4096)
    if head.startswith(ZIP[:2]):
        return _packed(path, name, settings)
    if head.startswith(OLE):
        return _compound(path, name)
    for magic, title in OTHER_FORMATS:
        if head.startswith(magic):
            raise Refusal("UNSUPPORTED", f"{place(name)}是{title}，不是表格，无法读取。"
                                         "请从原系统导出 .xlsx 或 .csv 后再放入收件箱。")
    start = head.removeprefix(b"\xef\xbb\xbf")
    if head.startswith(WIDE_TEXT):
        start = start[2:].replace(b"\x00", b"")
    if (markup := _markup(start.lstrip(), name)) is not None:
        return markup
    if b"\x00" in head and not head.startswith(WIDE_TEXT):
        raise Refusal("UNSUPPORTED", f"{place(name)}是二进制文件，不是已知的表格格式。请从原系统导出 .xlsx 或 .csv。")
    return "text"


def _markup(start: bytes, name: str) -> Kind | None:
    """What a file is that begins with a tag or a mail header, None for plain text."""
    if WEB_ARCHIVE.match(start):
        return "mhtml"
    if not start.startswith(b"<"):
        return None
    if SPREADSHEET_ML in start and not re.match(rb"(?:<!DOCTYPE html[^>]*>\s*)?<html", start, re.IGNORECASE):
        root = re.search(rb"<[A-Za-z]", start)
        if b"<!DOCTYPE" in start[: root.start() if root else None]:
            raise unsafe(name, "的 XML 带有 DTD 或实体定义")
        return "xml2003"
    if start.startswith(b"<?xml") and b"<!ENTITY" in start:
        raise unsafe(name, "的 XML 带有 DTD 或实体定义")
    if WEB_PAGE.search(start):
        return "html"
    if start.startswith((b"<?xml", b"<!DOCTYPE")):
        raise Refusal("UNSUPPORTED", f"{place(name)}是 XML 文件，不是已知的表格格式。{SAVE_AS}。")
    return None


def looks_cut(path: Path) -> bool:
    """Whether a file that says where it ends does not reach there: a zip without its directory, a page without end."""
    with path.open("rb") as file:
        head = file.read(4096)
        file.seek(max(path.stat().st_size - TAIL_BYTES, 0))
        tail = file.read().replace(b"\x00", b"").lower()
    if head.startswith(ZIP):
        return not zipfile.is_zipfile(path)
    if head.startswith(OLE):
        return path.stat().st_size < OLE_SECTOR * (1 + int.from_bytes(head[44:48], "little"))
    return WEB_PAGE.search(head) is not None and head.lstrip().startswith(b"<") and b"</" not in tail


def is_bundle(path: Path) -> bool:
    """Whether the file at `path` is a zip of files, not a package that office programs write."""
    with path.open("rb") as file:
        if file.read(2) != ZIP[:2]:
            return False
    try:
        with zipfile.ZipFile(path) as archive:
            names = set(archive.namelist())
    except zipfile.BadZipFile:
        return False
    return not ("[Content_Types].xml" in names or "mimetype" in names or any(n.startswith("xl/") for n in names))


def _packed(path: Path, name: str, settings: Settings) -> Kind:
    if is_bundle(path):
        return "zip"
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
            if any(member.flag_bits & 1 for member in members):
                raise encrypted(name)
            names = {member.filename for member in members}
            _refuse_bomb(path, members, name, settings)
            if "xl/workbook.bin" in names:
                return "xlsb"
            if "mimetype" in names and archive.read("mimetype").strip().startswith(ODS_TYPE):
                if b"encryption-data" in archive.read("META-INF/manifest.xml"):
                    raise encrypted(name)
                _refuse_entities(archive, members, name)
                return "ods"
            if any(member.startswith("xl/") for member in names):
                _refuse_entities(archive, members, name)
                return "xlsx"
            if any(member.startswith("word/") for member in names):
                raise Refusal("UNSUPPORTED", f"{place(name)}是 Word 文档，不是表格。请从原系统导出 .xlsx 或 .csv。")
    except (zipfile.BadZipFile, KeyError, EOFError, OSError) as error:
        raise corrupt(name) from error
    raise Refusal("UNSUPPORTED", f"{place(name)}是办公软件的文件，但不是表格。请从原系统导出 .xlsx 或 .csv。")


def _compound(path: Path, name: str) -> Kind:
    with path.open("rb") as file:
        if _names_a_workbook(file):
            return "xls"
        file.seek(0)
        content = file.read(1 << 26)
    if "EncryptedPackage".encode("utf-16-le") in content:
        raise encrypted(name)
    if not any(stream.encode("utf-16-le") in content for stream in ("Workbook", "Book")):
        raise Refusal("UNSUPPORTED", f"{place(name)}不是 Excel 工作簿（可能是旧版 Word 文档）。{SAVE_AS}。")
    return "xls"


def _names_a_workbook(file: BinaryIO) -> bool:
    """Whether the first sector of the directory lists a workbook and nothing encrypted, as it mostly does."""
    head = file.read(OLE_SECTOR)
    if len(head) < OLE_SECTOR or head[30:32] not in OLE_SECTOR_SHIFTS:
        return False
    size = 1 << head[30]
    file.seek(size * (1 + int.from_bytes(head[48:52], "little")))
    entries = file.read(size)
    names = {entries[at:at + 64].decode("utf-16-le", "replace").partition("\0")[0] for at in range(0, len(entries), 128)}
    return bool(names & {"Workbook", "Book"}) and "EncryptedPackage" not in names


def _refuse_bomb(path: Path, members: list[zipfile.ZipInfo], name: str, settings: Settings) -> None:
    limit = settings.max_unzip_ratio
    unpacked = sum(member.file_size for member in members)
    worst = any(member.file_size > HARMLESS_BYTES and member.file_size > limit * max(member.compress_size, 1)
                for member in members)
    if worst or (unpacked > HARMLESS_BYTES and unpacked > limit * path.stat().st_size):
        raise unsafe(name, f"解压后的大小超过原大小的 {limit} 倍")


def _refuse_entities(archive: zipfile.ZipFile, members: list[zipfile.ZipInfo], name: str) -> None:
    """A document type stands before the root element; no office program writes one."""
    for member in members:
        if not member.filename.endswith((".xml", ".rels", ".vml")):
            continue
        with archive.open(member) as file:
            prolog = file.read(PROLOG_BYTES).replace(b"\x00", b"")   # wide encodings too
        root = re.search(rb"<[A-Za-z]", prolog)
        if b"<!DOCTYPE" in prolog[: root.start() if root else None]:
            raise unsafe(name, "内部的 XML 带有 DTD 或实体定义")


def encrypted(name: str) -> Refusal:
    return Refusal("ENCRYPTED", f"{place(name)}设有打开密码，无法读取。请去掉密码（文件—信息—保护工作簿）后再放入收件箱。")


def corrupt(name: str) -> Refusal:
    return Refusal("CORRUPT", f"{place(name)}已损坏或没有传输完整，无法打开。请从原系统重新导出后再放入收件箱。")


def unsafe(name: str, why: str) -> Refusal:
    return Refusal("UNSAFE", f"{place(name)}{why}，为安全起见没有打开。请确认来源，并从原系统重新导出。")

"""The encoding of a text file: byte order mark, strict UTF-8, what the page itself declares, GB18030 (spec 1.1).

GB18030 is never tried first: it takes almost any bytes and would corrupt UTF-8 silently.
"""

from __future__ import annotations

import codecs
from pathlib import Path

from dagster_project.receive.refusal import Refusal, place

MARKS = ((b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))
CHUNK = 1 << 22
LONGEST_TAIL = 4     # bytes of one character cut by a chunk's end


def encoding_of(path: Path, name: str, declared: str | None = None) -> str:
    """A codec's name: utf-16, utf-8, `declared` or gb18030. Raises Refusal ENCODING with the offset of the first wrong byte."""
    with path.open("rb") as file:
        head = file.read(4)
    for mark, encoding in MARKS:
        if head.startswith(mark):
            if (wrong := _first_wrong_byte(path, encoding)) is not None:
                raise _bad_bytes(name, wrong, "UTF-16")
            return "utf-16"
    if _first_wrong_byte(path, "utf-8") is None:
        return "utf-8"
    tried = "UTF-8 和 GB18030"
    if declared and (known := _codec(declared)) and known not in ("utf-8", "gb2312", "gbk", "gb18030"):
        if _first_wrong_byte(path, known) is None:
            return known
        tried = f"UTF-8、{declared} 和 GB18030"
    wrong = _first_wrong_byte(path, "gb18030")
    if wrong is None:
        return "gb18030"
    raise _bad_bytes(name, wrong, tried)


def _codec(declared: str) -> str | None:
    try:
        return codecs.lookup(declared).name
    except LookupError:
        return None


def _bad_bytes(name: str, offset: int, tried: str) -> Refusal:
    return Refusal("ENCODING", f"{place(name)}第 {offset} 字节处不是有效的 {tried} 文字，无法确定编码。"
                               "请在 Excel 或 WPS 中打开，另存为 .xlsx 或“CSV UTF-8”后再放入收件箱。")


def _first_wrong_byte(path: Path, encoding: str) -> int | None:
    """Offset (from 0) of the first byte that is not text in `encoding`; None when all is."""
    base, pending = 0, b""
    with path.open("rb") as file:
        while True:
            chunk = file.read(CHUNK)
            data = pending + chunk
            if not data:
                return None
            try:
                data.decode(encoding)
                base, pending = base + len(data), b""
            except UnicodeDecodeError as error:
                if not chunk or len(data) - error.start > LONGEST_TAIL:
                    return base + error.start
                base, pending = base + error.start, data[error.start:]

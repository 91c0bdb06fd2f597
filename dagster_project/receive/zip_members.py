"""The files inside a `.zip`: their names, whether each may be opened, and their bytes (rulings 6.1.2, 6.1.8).

Nothing is unpacked to the path that a member names; a name is a label alone. One bad member never stops the
others. A zip inside a zip is not opened.
"""

from __future__ import annotations

import stat
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO

from dagster_project.receive.refusal import Refusal, place
from dagster_project.receive.sniff import HARMLESS_BYTES, corrupt, encrypted, is_bundle, unsafe
from dagster_project.settings import Settings

CHUNK = 1 << 20
SYMLINK_SYSTEM = 3           # the zip says that it was made on Unix, so modes mean something
JUNK = "__MACOSX"
SKIPPED_SUFFIXES = (".part", ".tmp", ".crdownload")


@dataclass(frozen=True)
class Member:
    """One file of a zip. `path` is `a.zip!b.xlsx`; `modified` its own naive time, None when it bears none."""

    info: zipfile.ZipInfo
    path: str
    modified: datetime | None
    refusal: Refusal | None


def members(archive: zipfile.ZipFile, path: Path, name: str, settings: Settings) -> Iterator[Member]:
    """What stands in the zip at `path`, called `name`, in its order; folders and what an inbox skips are left out.

    Raises Refusal UNSAFE when the zip as a whole unpacks beyond measure.
    """
    files = [info for info in archive.infolist() if not info.is_dir()]
    packed = path.stat().st_size
    unpacked = sum(info.file_size for info in files if not _refusal(info, name, settings))
    if unpacked > HARMLESS_BYTES and unpacked > settings.max_unzip_ratio * packed:
        raise unsafe(name, f"解压后的大小超过原大小的 {settings.max_unzip_ratio} 倍")
    for info in files:
        inner = member_name(info)
        parts = inner.split("/")
        if parts[0] == JUNK or parts[-1].startswith((".", "~$")) or parts[-1].lower().endswith(SKIPPED_SUFFIXES):
            continue
        yield Member(info, f"{name}!{inner}", _modified(info), _refusal(info, f"{name}!{inner}", settings))


def copy_member(archive: zipfile.ZipFile, member: Member, target: IO[bytes]) -> None:
    """Writes the member's bytes. Raises Refusal CORRUPT, UNSUPPORTED for a zip in the zip or an unknown method."""
    try:
        with archive.open(member.info) as file:
            while chunk := file.read(CHUNK):
                target.write(chunk)
    except NotImplementedError as error:
        raise Refusal("UNSUPPORTED", f"{place(member.path)}用了不支持的压缩方法，无法读取。请解压后放入收件箱。") from error
    except RuntimeError as error:                   # zipfile's word for a password
        raise encrypted(member.path) from error
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError) as error:
        raise corrupt(member.path) from error


def refuse_nested(path: Path, name: str) -> None:
    """Raises Refusal UNSUPPORTED when the unpacked file at `path` is a zip of files itself."""
    if is_bundle(path):
        raise Refusal("UNSUPPORTED", f"{place(name)}是压缩包里的压缩包，没有打开。请解压一层后再放入收件箱。")


def unpacked_members(path: Path, name: str, settings: Settings,
                     scratch: Path) -> Iterator[tuple[Member, Refusal | None]]:
    """Each member with its refusal, or with its bytes standing at `scratch` until the next one is asked for."""
    try:
        with zipfile.ZipFile(path) as archive:
            for member in members(archive, path, name, settings):
                refusal = member.refusal
                if refusal is None:
                    try:
                        with scratch.open("wb") as target:
                            copy_member(archive, member, target)
                        refuse_nested(scratch, member.path)
                    except Refusal as found:
                        refusal = found
                yield member, refusal
    except zipfile.BadZipFile as error:
        raise corrupt(name) from error
    finally:
        scratch.unlink(missing_ok=True)


def member_name(info: zipfile.ZipInfo) -> str:
    """The name as it was meant: marked UTF-8, else UTF-8 or GB18030 by its bytes; backslashes are folders."""
    text = info.filename
    if not info.flag_bits & 0x800:
        try:
            content = info.orig_filename.encode("cp437")
        except UnicodeEncodeError:      # the name came from a Unicode field
            content = None
        if content is not None:
            try:
                text = content.decode("utf-8")
            except UnicodeDecodeError:
                text = content.decode("gb18030", errors="replace")
    return "".join(c for c in text.replace("\\", "/") if c.isprintable())


def _refusal(info: zipfile.ZipInfo, path: str, settings: Settings) -> Refusal | None:
    inner = member_name(info)
    if inner.startswith("/") or ".." in inner.split("/") or inner[1:2] == ":" or not inner:
        return unsafe(path, "的名称带有指向压缩包以外的路径")
    if info.create_system == SYMLINK_SYSTEM and stat.S_ISLNK(info.external_attr >> 16):
        return unsafe(path, "是指向别处的链接")
    if info.flag_bits & 1:
        return encrypted(path)
    if info.file_size > settings.max_file_bytes:
        return Refusal("TOO_LARGE", f"{place(path)}解压后有 {info.file_size:,} 字节，超过上限 {settings.max_file_bytes:,} 字节。"
                                    "请按旗县或年度拆成几个文件后再放入收件箱。")
    if info.file_size > HARMLESS_BYTES and info.file_size > settings.max_unzip_ratio * max(info.compress_size, 1):
        return unsafe(path, f"解压后的大小超过原大小的 {settings.max_unzip_ratio} 倍")
    return None


def _modified(info: zipfile.ZipInfo) -> datetime | None:
    try:
        return datetime(*info.date_time) if info.date_time[0] > 1980 else None  # noqa: DTZ001
    except ValueError:
        return None

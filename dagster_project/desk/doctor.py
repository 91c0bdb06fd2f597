"""`coopledger doctor`: is the house in order? Looks and writes nothing; each finding is a sentence with its remedy."""

from __future__ import annotations

import hashlib
import json
import locale
import shutil
import stat
import sys
from collections.abc import Callable, Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import duckdb

from dagster_project.books.manifest import read_manifest
from dagster_project.books.verify import ledger_differences
from dagster_project.clock import ZONE
from dagster_project.lake import RESTRICTED, quoted
from dagster_project.previous_edition import all_editions
from dagster_project.receive.archive import CHUNK
from dagster_project.run_lock import is_running
from dagster_project.settings import ROOT, Settings

FREE_BYTES = 2 << 30        # a prefecture's run writes about as much at its height
FONT_FOLDERS = ("/usr/share/fonts", "/usr/local/share/fonts", "~/.fonts", "~/.local/share/fonts", "/Library/Fonts",
                "/System/Library/Fonts", "C:/Windows/Fonts")
CHINESE_FONTS = ("simsun", "simhei", "simfang", "fangsong", "songti", "stsong", "noto", "wqy", "sourcehan", "uming",
                 "pingfang", "msyh")
OTHERS_FILES = ("inbox", "dbt", "dagster", "logs")
NAMED = 5                   # places told of one by one; of more, only how many


def examine(settings: Settings) -> list[dict[str, str]]:
    """Every check with its findings: {check, state 正常/有问题, finding}."""
    out: list[dict[str, str]] = []
    for check, look in CHECKS.items():
        found = list(look(settings))
        out += [{"check": check, "state": "有问题", "finding": one} for one in found] or [
            {"check": check, "state": "正常", "finding": ""}]
    return out


def _disk(settings: Settings) -> Iterator[str]:
    place = next(folder for folder in (settings.home, *settings.home.parents) if folder.exists())
    free = shutil.disk_usage(place).free
    if free < FREE_BYTES:
        yield f"主目录所在磁盘只剩 {free >> 20} MB，请腾出到 {FREE_BYTES >> 20} MB 以上再运行。"


def _modes(settings: Settings) -> Iterator[str]:
    """Restricted zones are their owner's alone (spec 5.4)."""
    loose = []
    for zone in RESTRICTED:
        root = settings.home / zone
        # what people drop, and what libraries make, has modes of its own; the zone's folder keeps others out of all of it
        if root.exists() and _is_open(root):
            loose.append(root)
        elif zone not in OTHERS_FILES:
            loose += [path for path in root.rglob("*") if path.is_file() and _is_open(path) and not path.is_symlink()]
    loose += [path for path in (settings.build_file, settings.secret_key) if path.exists() and _is_open(path)]
    yield from _some(loose, settings, "其他用户可以读取，请执行 chmod -R go-rwx 收回权限")


def _is_open(path: Path) -> bool:
    """Whether others than its owner can do anything with it."""
    return bool(path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO))


def _fonts(settings: Settings) -> Iterator[str]:
    files = (path for folder in FONT_FOLDERS for path in Path(folder).expanduser().rglob("*.[to]t[fc]*"))
    if not any(name in str(path).lower().replace(" ", "").replace("-", "") for path in files for name in CHINESE_FONTS):
        yield "本机没有中文字体，在本机打印的表会缺字，请安装宋体或 fonts-noto-cjk；在别的电脑上打印不受影响。"


def _locale(settings: Settings) -> Iterator[str]:
    if sys.getfilesystemencoding().lower().replace("-", "") != "utf8":
        yield "系统的文件名编码不是 UTF-8，请设置 LANG=C.UTF-8 后再运行。"
    if locale.getpreferredencoding(False).lower().replace("-", "") not in ("utf8", "cp65001"):
        yield "系统的文字编码不是 UTF-8，请设置 LANG=C.UTF-8 或 PYTHONUTF8=1 后再运行。"
    try:
        ZoneInfo(ZONE)
    except ZoneInfoNotFoundError:
        yield f"没有时区数据 {ZONE}，请安装系统的 tzdata。"


def _key(settings: Settings) -> Iterator[str]:
    path = settings.secret_key
    if not path.exists():
        if (settings.archive / "register.jsonl").exists():
            yield "密钥 secret/hmac.key 不在了，散列值将与已发布的不同，请从备份中恢复后再运行。"
        return
    if path.stat().st_size != 32:
        yield "密钥 secret/hmac.key 不是 32 字节，已损坏，请从备份中恢复。"


def _lock(settings: Settings) -> Iterator[str]:
    if is_running(settings):
        yield "有一次运行正在进行，请等它结束后再检查一遍。"


def _versions(settings: Settings) -> Iterator[str]:
    """Installed libraries against requirements.lock."""
    lock = ROOT / "requirements.lock"
    if not (3, 11) <= sys.version_info[:2] < (3, 14):
        yield f"Python {sys.version_info[0]}.{sys.version_info[1]} 不受支持，请改用 3.11–3.13。"
    if not lock.exists():
        return
    wrong = []
    for line in lock.read_text(encoding="utf-8").splitlines():
        name, equal, wanted = line.partition(";")[0].split("#")[0].strip().rstrip("\\").strip().partition("==")
        if not equal or line[:1].isspace() or ";" in line:
            continue
        try:
            if (found := version(name.partition("[")[0])) != wanted:
                wrong.append(f"{name} 应为 {wanted}，实为 {found}")
        except PackageNotFoundError:
            wrong.append(f"{name} {wanted} 没有安装")
    if wrong:
        yield f"{len(wrong)} 个组件与 requirements.lock 不符（{'；'.join(wrong[:NAMED])}），请重新执行 make setup。"


def _archive(settings: Settings) -> Iterator[str]:
    """Every register line reads, every receipt has its bytes, and every bytes are what their name says."""
    register = settings.archive / "register.jsonl"
    hashes: dict[str, str] = {}
    if register.exists():
        content = register.read_bytes()
        if not content.endswith(b"\n") and content:
            yield "收件登记的末行不完整（上次写入中断），下次运行会自动补正。"
        for number, line in enumerate(content[: content.rfind(b"\n") + 1].splitlines(), 1):
            try:
                receipt = json.loads(line)
                hashes.setdefault(receipt["content_hash"], receipt["path"])
            except (ValueError, KeyError, TypeError):
                yield f"收件登记 archive/register.jsonl 第 {number} 行读不出来，请从备份中恢复该文件。"
    objects = settings.archive / "objects"
    standing = {path.name: path for path in sorted(objects.glob("??/*"))}
    lost = [where for content_hash, where in hashes.items() if content_hash not in standing]
    if lost:
        yield f"{len(lost)} 个原件不在归档中（{'、'.join(lost[:NAMED])}），请从备份中恢复 archive/objects。"
    yield from _some([path for path in standing.values() if not path.name.endswith(".tmp") and _sha256(path) != path.name],
                     settings, "内容与登记的哈希不符，已被改动，请从备份中恢复")
    yield from _some([path for name, path in standing.items() if name not in hashes and not name.endswith(".tmp")],
                     settings, "没有收件登记（上次归档中断），文件仍在收件箱时下次运行会自动补登")


def _ledger(settings: Settings) -> Iterator[str]:
    for edition in all_editions(settings):
        name = f"{edition.month:%Y-%m} 第 {edition.number} 版"
        try:
            manifest = read_manifest(edition)
        except ValueError:
            yield f"台账 {name}的清单 manifest.json 读不出来，请从备份中恢复。"
            continue
        for one in ledger_differences(settings, edition, manifest):
            yield f"台账 {name}的 {one.path}：{one.what}，请从备份中恢复 ledger。"


def _warehouse(settings: Settings) -> Iterator[str]:
    path = settings.warehouse_file
    if not path.exists():
        if any((settings.lake / "marts").glob("*/report_month=*")):
            yield "发布的仓库 warehouse/coopledger.duckdb 不在了，请再运行一次 coopledger run。"
        return
    try:
        with duckdb.connect(str(path), read_only=True) as con:
            for (table,) in con.execute("select table_name from duckdb_tables() where not internal").fetchall():
                con.execute(f'select count(*) from "{table}"').fetchall()
    except duckdb.Error:
        yield "发布的仓库 warehouse/coopledger.duckdb 打不开，请再运行一次 coopledger run；不行就用 coopledger rebuild。"


def _marts(settings: Settings) -> Iterator[str]:
    """Every published Parquet can be read to its end."""
    broken = []
    with duckdb.connect() as con:
        for path in sorted((settings.lake / "marts").rglob("*.parquet")):
            try:
                con.execute(f"select count(columns(*)) from read_parquet('{quoted(path)}')").fetchall()
            except duckdb.Error:
                broken.append(path)
    yield from _some(broken, settings, "读不出来，请再运行该月，或用 coopledger rebuild 重建")


def _some(paths: list[Path], settings: Settings, what: str) -> Iterator[str]:
    for path in paths[:NAMED]:
        yield f"{path.relative_to(settings.home).as_posix() or '主目录'}：{what}。"
    if len(paths) > NAMED:
        yield f"另有 {len(paths) - NAMED} 处同样的问题：{what}。"


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


CHECKS: dict[str, Callable[[Settings], Iterator[str]]] = {
    "磁盘": _disk, "权限": _modes, "字体": _fonts, "编码与时区": _locale, "密钥": _key, "运行锁": _lock, "组件版本": _versions,
    "归档": _archive, "台账": _ledger, "发布的仓库": _warehouse, "发布的数据": _marts,
}

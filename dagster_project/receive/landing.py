"""From the inbox to the lake: archive, read, recognise, type, and account for every row (spec 1.1, 1.3).

Everything in the lake is a function of the archive, the contracts and this package: a file of the archive
whose lake files are missing or were made by another version is landed again. The sheets file of a content
hash is written last; where it stands, all of that file's lake files stand.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
import time
import traceback
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import duckdb

from dagster_project.clock import timestamp
from dagster_project.keys import BYTES, write_key
from dagster_project.lake import prepare, quoted
from dagster_project.receive.archive import Arrivals, Receipt, Register, take_in
from dagster_project.receive.contracts import SOURCES, load_contracts
from dagster_project.receive.known_farms import KnownFarms, outdated
from dagster_project.receive.land_file import FileLanding
from dagster_project.receive.masking import masked_error
from dagster_project.receive.recognise import Recogniser
from dagster_project.receive.regions import SEEDS, load_regions
from dagster_project.receive.sheet_lines import duplicate_line, write_sheets
from dagster_project.receive.summary import ReceiveSummary, summarise
from dagster_project.settings import Settings

# What stops a run: the disk, the memory or the lake itself, not the file at hand.
LAKE_ERRORS = (duckdb.IOException, duckdb.OutOfMemoryException, duckdb.FatalException, duckdb.PermissionException,
               duckdb.InterruptException)
ZONES = ("raw", "rejected", "issues", "sheets", "delivered", "corrected")


def receive(settings: Settings, progress: Callable[[str], None] | None = None,
            now: datetime | None = None, inbox: bool = True) -> ReceiveSummary:
    """Receives what is new in the inbox and brings the lake up to the archive. Safe to repeat at any time.

    `inbox` False: only the archive counts, and the inbox is left for the next run.

    A file that cannot be read, recognised or typed is recorded with its sentence and never stops the others.
    Raises OSError or one of LAKE_ERRORS when the lake itself cannot be written.
    """
    say = progress or (lambda line: None)
    seconds: dict[str, float] = {}
    with _private_files():
        return _receive(settings, say, now or datetime.fromisoformat(timestamp()), seconds, inbox)


def _receive(settings: Settings, say: Callable[[str], None], now: datetime, seconds: dict[str, float],
             inbox: bool) -> ReceiveSummary:
    key = _secret_key(settings.secret_key)
    version = fingerprint(settings, key)
    _prepare(settings, version)
    _clear_leftovers(settings)
    with _timed(seconds, "归档"):
        arrivals = take_in(settings, now) if inbox else Arrivals(Register.load(settings.archive))
    if arrivals.received:
        say(f"收件箱：新收 {len(arrivals.received)} 个文件，未变 {arrivals.unchanged} 个。")
    for note in arrivals.notes:
        say(note)
    with connection(settings) as con:
        pending = list(_pending(con, settings, arrivals.register, version))
    _land(settings, pending, key, version, say, seconds, arrivals.notes, now)
    again = _of_other_farms(settings, arrivals.register)
    if again:
        say(f"家庭农场名录中的信用代码有变，{len(again)} 个登记信息文件按新名录重新核对。")
        _land(settings, again, key, version, say, seconds, arrivals.notes, now)
    pending += [receipt for receipt in again if receipt not in pending]
    with connection(settings) as con:
        _record_duplicates(con, settings, arrivals.register, version)
        return summarise(con, settings, arrivals, [receipt.content_hash for receipt in pending], seconds)


def _land(settings: Settings, pending: list[Receipt], key: bytes, version: str, say: Callable[[str], None],
          seconds: dict[str, float], notes: list[str], now: datetime) -> None:
    """Lands the files one by one. One over which the engine stumbles is put down as such, and the next is taken up."""
    if not pending:
        return
    todo = iter(enumerate(pending, 1))
    with ThreadPoolExecutor(1) as beside:     # the divisions are loaded while the first file is decoded
        recogniser = beside.submit(lambda: Recogniser(load_contracts(), load_regions(), settings.default_scope))
        while True:
            with connection(settings) as con:
                farms = KnownFarms.load(con, settings.lake)
                for count, receipt in todo:
                    landing = FileLanding(con, settings, recogniser, key, receipt, version, seconds, farms)
                    try:
                        words = landing.run()
                    except duckdb.Error as error:
                        if isinstance(error, LAKE_ERRORS):
                            raise
                        _log_stumble(settings, receipt, error, now)
                        break
                    say(f"[{count}/{len(pending)}] {receipt.path}：{words}")
                    if landing.names_farms:      # files behind it are screened with what it brought
                        farms = KnownFarms.load(con, settings.lake)
                else:
                    return
            with connection(settings) as con:     # an engine that failed may not be trusted any further
                sentence = FileLanding(con, settings, recogniser, key, receipt, version, seconds, farms).give_up()
            say(f"[{count}/{len(pending)}] {sentence}")
            notes.append(sentence)


def _log_stumble(settings: Settings, receipt: Receipt, error: duckdb.Error, now: datetime) -> None:
    """Keeps what the engine said of a file for whoever looks into it, without a value of a cell."""
    settings.logs.mkdir(parents=True, exist_ok=True, mode=0o700)
    told = masked_error(error, "".join(traceback.format_exception(error)))
    with (settings.logs / "landing.log").open("a", encoding="utf-8") as log:
        log.write(f"{now.isoformat(timespec='seconds')} {receipt.content_hash}\n{told}\n")


def _of_other_farms(settings: Settings, register: Register) -> list[Receipt]:
    """The files, in order, whose rows were told apart by another set of known farms than the lake now holds."""
    with connection(settings) as con:
        stale = outdated(con, settings.lake, KnownFarms.load(con, settings.lake).digest)
    return [receipt for receipt in register.first.values() if receipt.content_hash in stale]


def _prepare(settings: Settings, version: str) -> None:
    """Folders and empty tables, unless this version has made them and all still stand."""
    made = settings.lake / "prepared"
    empty = [settings.lake / zone / "_empty.parquet"
             for zone in (*ZONES[1:], *(f"typed/{table}" for table in load_contracts()))]
    if made.exists() and made.read_text() == version and all(path.exists() for path in empty):
        return
    prepare(settings)
    made.write_text(version)


def fingerprint(settings: Settings, key: bytes) -> str:
    """What a lake file depends on beside its bytes: contracts, divisions, this package, settings and the hash key."""
    digest = hashlib.sha256()
    files = [*SOURCES.glob("*.yml"), *SEEDS.glob("*.csv"), *Path(__file__).parent.glob("*.py")]
    for path in sorted(files, key=lambda path: path.name):
        digest.update(path.name.encode() + b"\0" + hashlib.sha256(path.read_bytes()).digest())
    limits = (settings.default_scope, settings.max_rows, settings.max_columns, settings.max_unzip_ratio,
              settings.max_file_bytes)
    digest.update(repr(limits).encode())
    digest.update(hmac.new(key, b"fingerprint", hashlib.sha256).digest())
    return digest.hexdigest()


def _pending(con: duckdb.DuckDBPyConnection, settings: Settings, register: Register, version: str) -> Iterator[Receipt]:
    """The first receipt of every content whose lake files are missing or of another version, in order."""
    current = {
        Path(file).stem for file, value in con.execute(
            f"select file_name, decode(value) from parquet_kv_metadata('{quoted(settings.lake)}/sheets/*.parquet') "
            "where decode(key) = 'version'").fetchall() if value == version
    }
    expected = con.execute(
        f"select distinct content_hash, table_id from read_parquet('{quoted(settings.lake)}/sheets/*.parquet') "
        "where accepted > 0 and outcome <> 'duplicate'").fetchall()
    lost = {content for content, table in expected
            if not (settings.lake / "typed" / table / f"{content}.parquet").exists()}
    for receipt in register.first.values():
        if receipt.content_hash not in current or receipt.content_hash in lost:
            yield receipt


def _record_duplicates(con: duckdb.DuckDBPyConnection, settings: Settings, register: Register, version: str) -> None:
    """A sheets line for each other path under which bytes came again (rulings 6.1.2: a duplicate counts 0 rows)."""
    for receipt in register.duplicates():
        path = settings.lake / "sheets" / f"{receipt.content_hash}-{receipt.order}.parquet"
        if not path.exists():
            write_sheets(con, path, [duplicate_line(receipt, register.first[receipt.content_hash])], version)


def _secret_key(path: Path) -> bytes:
    """The key of the keyed hashes: 32 random bytes, made at first use, readable by its owner only."""
    if not path.exists():
        write_key(path, secrets.token_bytes(BYTES))
    return path.read_bytes()


def _clear_leftovers(settings: Settings) -> None:
    """Parts of a run that was killed."""
    for folder in (settings.archive / "objects", *(settings.lake / zone for zone in (*ZONES, "typed"))):
        for part in folder.rglob("*.tmp"):
            part.unlink()


@contextmanager
def _private_files() -> Iterator[None]:
    """What is written here is for its owner only (spec 5.4)."""
    before = os.umask(0o077)
    try:
        yield
    finally:
        os.umask(before)


@contextmanager
def connection(settings: Settings) -> Iterator[duckdb.DuckDBPyConnection]:
    """DuckDB in memory, within the limits of the settings and off the network."""
    config: dict[str, str | bool | int | float | list[str]] = {
        "memory_limit": settings.receive_memory_limit, "temp_directory": str(settings.lake / "spill"),
        "autoinstall_known_extensions": False, "autoload_known_extensions": False,
    }
    if settings.threads:
        config["threads"] = str(settings.threads)
    with duckdb.connect(config=config) as con:
        con.execute("set disabled_optimizers = 'in_clause'")    # a join a short list of words: half the time of cleaning a sheet
        yield con


@contextmanager
def _timed(seconds: dict[str, float], step: str) -> Iterator[None]:
    start = time.perf_counter()
    yield
    seconds[step] = seconds.get(step, 0.0) + time.perf_counter() - start

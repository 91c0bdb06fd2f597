"""A home of its own in which an edition is made again: from the archive, the ledger and the key, and nothing else."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import duckdb

from dagster_project.books.manifest import POLICY, REGISTER, TREND, EditionRef, Manifest, sha256
from dagster_project.keys import keys
from dagster_project.lake import prepare, quoted
from dagster_project.previous_edition import Edition
from dagster_project.receive.archive import Register, object_path
from dagster_project.settings import Settings
from dagster_project.warehouse_build import PROJECT

FOLDER = "rebuilt"      # below the home, gone when the rebuild is done
LAKE_ZONES = ("raw", "rejected", "issues", "sheets", "delivered", "corrected")


def moved(settings: Settings, home: Path) -> Settings:
    """The same settings with another home."""
    return Settings(**{**settings.model_dump(), "home": home})


@contextmanager
def scratch_home(settings: Settings, edition: Edition, manifest: Manifest, landed: bool = False) -> Iterator[Settings]:
    """The home as it was when the edition was issued; `landed`: with this home's lake instead of landing anew.

    Later receipts, later editions and what was published are not in it; an edition whose policy rows are not those
    of the checkout brings its own.
    """
    home = settings.home / FOLDER / f"{manifest.month}-{manifest.edition}-{os.getpid()}"
    scratch = moved(settings, home)
    scratch.default_scope = manifest.settings.get("default_scope")      # type: ignore[assignment]
    try:
        prepare(scratch)
        shutil.copyfile(edition.folder / REGISTER, scratch.archive / "register.jsonl")
        _lay_archive(settings, scratch)
        if landed:
            _lay_lake(settings, scratch)
        scratch.secret_key.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(keys(settings).get(manifest.key_fingerprint, settings.secret_key), scratch.secret_key)
        for ref in [*manifest.rests_on, *([manifest.replaces] if manifest.replaces else [])]:
            _lay_edition(settings, scratch, ref)
        _lay_trend(edition, scratch)
        _lay_policy(edition, scratch)
        with environment_of(scratch):
            yield scratch
    finally:
        shutil.rmtree(home, ignore_errors=True)
        with suppress(OSError):     # others are being made again in it
            home.parent.rmdir()


def _lay_archive(settings: Settings, scratch: Settings) -> None:
    for content_hash in Register.load(scratch.archive).first:
        source, target = object_path(settings.archive, content_hash), object_path(scratch.archive, content_hash)
        if source.exists():
            _link(source, target)


def _lay_lake(settings: Settings, scratch: Settings) -> None:
    """Lake files of the receipts that the edition knew. Duplicates have a file `<hash>-<order>` each."""
    register = Register.load(scratch.archive)
    known = {*register.first, *(f"{receipt.content_hash}-{receipt.order}" for receipt in register.receipts)}
    for zone in (*LAKE_ZONES, *(f"typed/{path.name}" for path in (settings.lake / "typed").iterdir())):
        for path in (settings.lake / zone).glob("*.parquet"):
            if path.stem in known:
                _link(path, scratch.lake / zone / path.name)


def _lay_edition(settings: Settings, scratch: Settings, ref: EditionRef) -> None:
    folder = Path(ref.month) / str(ref.edition)
    if (settings.ledger / folder).exists():
        shutil.copytree(settings.ledger / folder, scratch.ledger / folder, copy_function=_link)


def _lay_trend(edition: Edition, scratch: Settings) -> None:
    """The quality of earlier months, sums by month as the run had read them, laid as if those months were published."""
    trend = edition.folder / TREND
    if not trend.exists():
        return
    with duckdb.connect() as con:
        con.execute(f"create view trend as from read_parquet('{quoted(trend)}')")
        for (month,) in con.execute("select distinct report_month from trend").fetchall():
            part = scratch.lake / "marts" / "data_quality" / f"report_month={month}" / "part.parquet"
            part.parent.mkdir(parents=True)
            con.execute(f"""copy (select table_name, county_code, evaluated, failed from trend
                                  where report_month = date '{month}') to '{quoted(part)}' (format parquet)""")


def _lay_policy(edition: Edition, scratch: Settings) -> None:
    issued = {path.name: sha256(path) for path in (edition.folder / POLICY).glob("*.csv")}
    if issued != {path.name: sha256(path) for path in (PROJECT / "seeds" / "policy").glob("*.csv")}:
        shutil.copytree(PROJECT, scratch.home / "project")
        for path in (edition.folder / POLICY).glob("*.csv"):
            shutil.copyfile(path, scratch.home / "project" / "seeds" / "policy" / path.name)


@contextmanager
def environment_of(scratch: Settings) -> Iterator[None]:
    """The process's environment as a run in this home needs it, and as it was afterwards."""
    before = dict(os.environ)
    os.environ.pop("COOPLEDGER_DEFAULT_SCOPE", None)
    if scratch.default_scope:
        os.environ["COOPLEDGER_DEFAULT_SCOPE"] = scratch.default_scope
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def _link(source: str | Path, target: str | Path) -> None:
    """A second name of the same bytes where the disk can, else a copy. Neither is ever written to."""
    Path(target).parent.mkdir(parents=True, exist_ok=True)
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)

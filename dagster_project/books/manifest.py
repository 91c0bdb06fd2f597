"""The manifest of an edition: what it was made from, with which policy and software, and the hash of all it holds."""

from __future__ import annotations

import hashlib
from datetime import date
from functools import cache
from importlib.metadata import version
from pathlib import Path

from pydantic import BaseModel

from dagster_project.books.closing import Closing, Status
from dagster_project.keys import key_id
from dagster_project.previous_edition import MANIFEST, Edition
from dagster_project.settings import ROOT, Settings

LIBRARIES = ("duckdb", "dbt-core", "dbt-duckdb", "great-expectations", "openpyxl", "fastexcel")
CODE = ("dagster_project", "expectations", "exports", "dbt")
CODE_SUFFIXES = {".py", ".sql", ".yml", ".j2", ".csv"}
REGISTER = "inputs/register.jsonl"
TREND = "inputs/data_quality.parquet"
POLICY = "policy"


class FileLine(BaseModel):
    """A file of the edition, by its path below the edition's folder. `rows` of Parquet only."""

    path: str
    sha256: str
    bytes: int
    rows: int | None = None


class EditionRef(BaseModel):
    """Another edition, held fast by the hash of its manifest."""

    month: str      # YYYY-MM
    edition: int
    manifest_sha256: str


class Manifest(BaseModel):
    """One edition. Everything a rebuild needs is named here and lies in the edition's folder or in the archive."""

    month: str
    edition: int
    status: Status
    closed_by: str
    closed_on: date
    reason: str
    as_of: date
    scopes: list[str]
    previous_edition: EditionRef | None     # null: 首期
    rests_on: list[EditionRef]              # every earlier closed month, in the edition that was its newest
    replaces: EditionRef | None             # the edition that a restatement corrects
    software_version: str
    code_sha256: str
    libraries: dict[str, str]
    settings: dict[str, str | int | None]   # those that decide what is received
    key_fingerprint: str                    # of secret/hmac.key; tells whether hashes can be the same
    register_lines: int
    register_sha256: str                    # of those lines, as bytes
    files: list[FileLine]

    @property
    def first(self) -> date:
        return date.fromisoformat(f"{self.month}-01")

    @property
    def closing(self) -> Closing:
        return Closing(edition=self.edition, closed_by=self.closed_by, closed_on=self.closed_on, reason=self.reason,
                       software_version=self.software_version)


def read_manifest(edition: Edition) -> Manifest:
    return Manifest.model_validate_json((edition.folder / MANIFEST).read_bytes())


def reference(edition: Edition) -> EditionRef:
    return EditionRef(month=f"{edition.month:%Y-%m}", edition=edition.number,
                      manifest_sha256=sha256(edition.folder / MANIFEST))


def sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def key_fingerprint(settings: Settings) -> str:
    """The id of the key in use."""
    return key_id(settings.secret_key.read_bytes())


def receiving_settings(settings: Settings) -> dict[str, str | int | None]:
    return {name: getattr(settings, name)
            for name in ("default_scope", "max_rows", "max_columns", "max_unzip_ratio", "max_file_bytes")}


def libraries() -> dict[str, str]:
    return {name: version(name) for name in LIBRARIES}


@cache
def code_sha256() -> str:
    """Of everything that computes: Python, SQL, contracts, rules, templates. Policy seeds have hashes of their own."""
    digest = hashlib.sha256()
    for package in CODE:
        for path in sorted((ROOT / package).rglob("*")):
            name = path.relative_to(ROOT).as_posix()
            if path.suffix in CODE_SUFFIXES and path.is_file() and not name.startswith("dbt/seeds/policy/"):
                digest.update(f"{name}\0".encode() + bytes.fromhex(sha256(path)))
    return digest.hexdigest()

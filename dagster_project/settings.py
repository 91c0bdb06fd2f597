"""Where things live and the limits of a run: environment variables `COOPLEDGER_*`, or a `.env` beside the checkout."""

from __future__ import annotations

import re
from functools import cached_property
from pathlib import Path

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

ROOT = Path(__file__).resolve().parents[1]


class Settings(BaseSettings):
    """Every setting of the house. Paths below `home` follow spec 5.4 and cannot be moved one by one."""

    model_config = SettingsConfigDict(env_prefix="COOPLEDGER_", env_file=ROOT / ".env", extra="ignore")

    home: Path = Field(default=ROOT / "var", description="folder that holds everything a run reads or writes")
    scopes: list[str] = Field(default_factory=list, description="region codes whose forms are rendered")
    default_scope: str | None = Field(default=None, description="county or prefecture of rows that name none")
    memory_limit: str = Field(default="4GB", description="DuckDB's memory")
    receive_memory_limit: str = Field(default="1GB", description="DuckDB's memory while receiving; what needs more goes through the disk")
    threads: int = Field(default=0, ge=0, description="DuckDB's threads; 0 = all cores")
    max_file_bytes: int = Field(default=2_000_000_000, ge=1, description="larger files are refused, TOO_LARGE")
    max_rows: int = Field(default=1_048_576, ge=1, description="rows of a workbook sheet")
    max_columns: int = Field(default=512, ge=1, description="columns of a sheet")
    max_unzip_ratio: int = Field(default=100, ge=1, description="unpacked size over packed size")
    data_docs: bool = Field(default=False, description="Great Expectations' own pages under restricted/<month>/quality_docs")
    settle_seconds: int = Field(default=60, ge=0, description="an empty or growing file waits this long")

    @field_validator("memory_limit", "receive_memory_limit")
    @classmethod
    def _memory(cls, limit: str) -> str:
        """A number with its unit, as DuckDB reads it. Raises ValueError."""
        if not re.fullmatch(r"[1-9]\d*(\.\d+)?\s*([KMGT]i?B|%)", limit, re.IGNORECASE):
            raise ValueError(f"“{limit}”不能用，要写数和单位，如 4GB。")
        return limit

    @field_validator("home")
    @classmethod
    def _absolute(cls, home: Path) -> Path:
        """Steps run in other folders than the command was given in. Raises ValueError for a path DuckDB takes for a
        pattern."""
        home = home.expanduser().absolute()
        if set(str(home)) & set("*?[]{}#"):
            raise ValueError(f"主目录“{home}”的路径里不能有 * ? [ ] {{ }} # 这些字符，请换一个文件夹。")
        return home

    @cached_property
    def inbox(self) -> Path:
        return self.home / "inbox"

    @cached_property
    def archive(self) -> Path:
        return self.home / "archive"

    @cached_property
    def lake(self) -> Path:
        return self.home / "lake"

    @cached_property
    def build_file(self) -> Path:
        return self.home / "warehouse" / "build.duckdb"

    @cached_property
    def warehouse_file(self) -> Path:
        return self.home / "warehouse" / "coopledger.duckdb"

    @cached_property
    def exports(self) -> Path:
        return self.home / "exports"

    @cached_property
    def staged(self) -> Path:
        """What a run has made and not yet published."""
        return self.home / "staged"

    @cached_property
    def restricted_exports(self) -> Path:
        return self.home / "restricted"

    @cached_property
    def ledger(self) -> Path:
        return self.home / "ledger"

    @cached_property
    def secret_key(self) -> Path:
        return self.home / "secret" / "hmac.key"

    @cached_property
    def logs(self) -> Path:
        return self.home / "logs"

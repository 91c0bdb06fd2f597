"""Parquet files of the lake: collected sheet by sheet, put in their place by one rename when the file is done."""

from __future__ import annotations

from pathlib import Path

import duckdb

from dagster_project.lake import quoted

# Level 1 writes a third faster than the default and no larger.
OPTIONS = "format parquet, compression zstd, compression_level 1"


class LakeFile:
    """One Parquet file of the lake made of parts, a part a sheet, each written when its sheet is done."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.parts: list[Path] = []

    def add(self, con: duckdb.DuckDBPyConnection, query: str, metadata: dict[str, str] | None = None) -> None:
        """Writes one part; `metadata` stays where it is the only one."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        part = self.path.with_name(f"{self.path.name}.{len(self.parts)}.tmp")
        pairs = ", ".join(f"{key}: '{value}'" for key, value in (metadata or {}).items())
        extra = f", kv_metadata {{{pairs}}}" if pairs else ""
        con.execute(f"copy ({query}) to '{quoted(part)}' ({OPTIONS}{extra})")
        self.parts.append(part)

    def finish(self, con: duckdb.DuckDBPyConnection) -> None:
        """Puts the file in its place; without parts nothing stands there afterwards."""
        if not self.parts:
            self.path.unlink(missing_ok=True)
            return
        whole = self.parts[0]
        if len(self.parts) > 1:
            whole = self.path.with_name(f"{self.path.name}.tmp")
            parts = ", ".join(f"'{quoted(part)}'" for part in self.parts)
            con.execute(f"copy (select * from read_parquet([{parts}])) to '{quoted(whole)}' ({OPTIONS})")
        whole.replace(self.path)
        self.drop()

    def drop(self) -> None:
        """Takes away what was written so far."""
        for part in self.parts:
            part.unlink(missing_ok=True)
        self.parts = []

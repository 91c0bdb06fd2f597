"""The credit codes of family farms that the farm directory knows: their registry rows are ours (rulings 6.1.6).

The set is read from the lake. A file that was typed with another set than the lake now holds is typed anew, if a
row of it can change by that.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import duckdb
import pyarrow as pa

from dagster_project.lake import quoted
from dagster_project.receive.contracts import Contract

DIRECTORY = "farm_directory.farm"
TABLE = "known_farm"        # credit_code of each known farm, where typing looks them up
READ_WITH = "farms"         # metadata of a sheets file: the set's digest, where a row depends on it


@dataclass(frozen=True)
class KnownFarms:
    """All codes that any delivery of the directory names, and a digest of them."""

    codes: pa.Array
    digest: str

    @classmethod
    def load(cls, con: duckdb.DuckDBPyConnection, lake: Path) -> KnownFarms:
        """Reads the set and makes it the table `known_farm` of the connection."""
        files = [str(path) for path in sorted((lake / "typed" / DIRECTORY).glob("*.parquet"))]
        without_farms(con)
        con.execute(f"delete from {TABLE}")
        if files:
            con.execute(f"insert into {TABLE} select distinct credit_code from read_parquet(?, union_by_name = true) "
                        "where credit_code is not null order by 1", [files])
        codes = con.sql(f"from {TABLE}").to_arrow_table()["credit_code"].combine_chunks()
        digest = con.execute(f"select sha256(string_agg(credit_code, ',' order by credit_code)) from {TABLE}").fetchall()
        return cls(codes.cast(pa.string()), digest[0][0] or "none")

    def reads(self, con: duckdb.DuckDBPyConnection, contract: Contract, outside: int) -> bool:
        """Whether the rows just typed could be others with another set: some are outside, or inside by their code."""
        if contract.in_scope is None:
            return False
        return bool(outside) or bool(con.execute(f"select 1 from typed semi join {TABLE} using (credit_code) limit 1").fetchall())


def without_farms(con: duckdb.DuckDBPyConnection) -> None:
    """An empty `known_farm`, unless the set was loaded."""
    con.execute(f"create temp table if not exists {TABLE} (credit_code varchar)")


def outdated(con: duckdb.DuckDBPyConnection, lake: Path, digest: str) -> set[str]:
    """Content hashes of the files in which a row depends on the set and that were typed with another one."""
    return {Path(file).stem for (file,) in con.execute(
        f"select file_name from parquet_kv_metadata('{quoted(lake)}/sheets/*.parquet') "
        "where decode(key) = ? and decode(value) <> ?", [READ_WITH, digest]).fetchall()}

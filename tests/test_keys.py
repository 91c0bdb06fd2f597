"""The key: backed up, put back, changed; hashes follow it, closed editions keep theirs."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import duckdb
import pytest
from receive_kit import workbook
from test_books import close
from typer.testing import CliRunner

from dagster_project import keys
from dagster_project.books.closing import issued
from dagster_project.books.manifest import REGISTER, key_fingerprint, read_manifest
from dagster_project.books.scratch import scratch_home
from dagster_project.books.verify import archive_differences
from dagster_project.months import WrongUse
from dagster_project.receive.landing import receive
from dagster_project.run_lock import AnotherRun, run_lock
from dagster_project.settings import Settings

JUNE = date(2024, 6, 1)
FARMS = [["家庭农场名称", "经营者姓名", "县（旗、区）", "乡镇（苏木）", "最近更新日期"],
         *([f"示例{n}家庭农场", f"示例人{n}", "海勃湾区", "千里山镇", "2024-05-01"] for n in range(3))]


@pytest.fixture
def received(tmp_path: Path) -> Settings:
    """A home with one list of farms."""
    settings = Settings(home=tmp_path / "home", settle_seconds=0, _env_file=None)
    workbook(settings.inbox / "海勃湾区家庭农场名录_20240630.xlsx", FARMS)
    receive(settings)
    return settings


def hashes(settings: Settings) -> list[str]:
    with duckdb.connect() as con:
        return [row[0] for row in con.execute(
            f"select entity_key from read_parquet('{settings.lake}/typed/farm_directory.farm/*.parquet') order by 1").fetchall()]


def test_after_a_rotation_every_hash_is_of_the_new_key(received: Settings) -> None:
    before, old = hashes(received), received.secret_key.read_bytes()
    assert len(before) == 3 and not any("示例人" in one for one in before)
    first, second = keys.rotate(received)
    assert first == keys.key_id(old) != second == key_fingerprint(received)
    kept = received.secret_key.with_name(f"hmac-{first}.key")
    assert kept.read_bytes() == old and kept.stat().st_mode & 0o777 == received.secret_key.stat().st_mode & 0o777 == 0o600
    receive(received)
    after = hashes(received)
    assert len(after) == 3 and not set(after) & set(before)
    received.secret_key.write_bytes(old)        # hashes are a function of bytes and key alone
    receive(received)
    assert hashes(received) == before


def test_a_closed_edition_is_made_again_with_the_key_that_it_names(received: Settings) -> None:
    old = received.secret_key.read_bytes()
    close(received, JUNE)
    edition = issued(received, JUNE)
    (edition.folder / "inputs").mkdir()
    (edition.folder / "policy").mkdir()
    (edition.folder / REGISTER).write_bytes((received.archive / "register.jsonl").read_bytes())
    manifest = read_manifest(edition).model_copy(update={"register_lines": 1, "key_fingerprint": keys.key_id(old)})
    assert old.hex() not in manifest.model_dump_json() and list(archive_differences(received, edition, manifest)) == []
    first, _ = keys.rotate(received)
    assert list(archive_differences(received, edition, manifest)) == []
    with scratch_home(received, edition, manifest) as scratch:
        assert scratch.secret_key.read_bytes() == old
    received.secret_key.with_name(f"hmac-{first}.key").unlink()
    assert [(one.path, first in one.what) for one in archive_differences(received, edition, manifest)] == [("secret/hmac.key", True)]


def test_a_backup_brings_back_every_key_and_never_writes_over_another(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from dagster_project.cli import app

    home, safe = tmp_path / "home", tmp_path / "safe.json"
    settings = Settings(home=home, _env_file=None)
    monkeypatch.setenv("COOPLEDGER_HOME", str(home))
    with pytest.raises(WrongUse, match="还没有密钥"):
        keys.back_up(settings, safe)
    keys.write_key(settings.secret_key, b"k" * 32)
    keys.rotate(settings)
    standing = {path.name: path.read_bytes() for path in settings.secret_key.parent.iterdir()}
    said = CliRunner().invoke(app, ["key", "backup", str(safe)])
    assert said.exit_code == 0 and key_fingerprint(settings) in said.stdout and safe.stat().st_mode & 0o777 == 0o600
    assert not any(key.hex() in said.stdout for key in standing.values()) and len(standing) == 2
    for target, words in ((safe, "已经存在"), (home / "safe.json", "不能放在主目录里")):
        with pytest.raises(WrongUse, match=words):
            keys.back_up(settings, target)
    for path in settings.secret_key.parent.iterdir():
        path.unlink()
    assert CliRunner().invoke(app, ["key", "restore", str(safe)]).exit_code == 0
    assert {path.name: path.read_bytes() for path in settings.secret_key.parent.iterdir()} == standing
    assert keys.restore(settings, safe) == []
    keys.write_key(settings.secret_key, b"z" * 32)
    with pytest.raises(WrongUse, match="现用的密钥不在这个备份里"):
        keys.restore(settings, safe)
    told = json.loads(safe.read_text())
    safe.write_text(json.dumps(told | {"keys": dict.fromkeys(told["keys"], "00" * 32)}))
    with pytest.raises(WrongUse, match="已损坏"):
        keys.restore(settings, safe)


def test_the_key_is_not_changed_under_a_run(received: Settings) -> None:
    before = received.secret_key.read_bytes()
    with run_lock(received), pytest.raises(AnotherRun):
        keys.rotate(received)
    assert received.secret_key.read_bytes() == before

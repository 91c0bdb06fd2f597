"""Settings and `doctor`: what is wrong is named, with what to do about it."""

import errno
import hashlib
import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from dagster_project import cli
from dagster_project.desk import doctor
from dagster_project.settings import ROOT, Settings
from dagster_project.settings_check import faults

CONTENT = b"\xe5\x90\x8d\n"


@pytest.mark.parametrize(("name", "value", "said"), [
    ("COOPLEDGER_HOM", "x", "COOPLEDGER_HOM：没有这个设置，是不是 COOPLEDGER_HOME？"),
    ("COOPLEDGER_THREADS", "two", "COOPLEDGER_THREADS：“two”不能用，要写整数。"),
    ("COOPLEDGER_MAX_ROWS", "0", "COOPLEDGER_MAX_ROWS：“0”不能用，要写不小于 1 的数。"),
    ("COOPLEDGER_DATA_DOCS", "perhaps", "COOPLEDGER_DATA_DOCS：“perhaps”不能用，要写 true 或 false。"),
    ("COOPLEDGER_MEMORY_LIMIT", "4", "COOPLEDGER_MEMORY_LIMIT：“4”不能用，要写数和单位，如 4GB。"),
    ("COOPLEDGER_SCOPES", "150300,330200", "COOPLEDGER_SCOPES：“150300,330200”不能用，要写成 [\"150300\"] 这样的列表。"),
])
def test_a_wrong_setting_is_named_before_anything_is_done(
        name: str, value: str, said: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path,
        capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("COOPLEDGER_HOME", str(tmp_path / "home"))
    assert faults() == []
    monkeypatch.setenv(name, value)
    monkeypatch.setattr("sys.argv", ["coopledger", "run"])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == 2 and f"设置有误：{said}" in capsys.readouterr().err.splitlines()
    assert not (tmp_path / "home").exists()


def test_a_home_that_is_a_file_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("COOPLEDGER_HOME", str(tmp_path / "file"))
    assert [one.partition("：")[0] for one in faults()] == ["COOPLEDGER_HOME"]


def test_the_readme_lists_every_setting_and_no_other() -> None:
    lines = [line.split(" | ") for line in (ROOT / "README.md").read_text(encoding="utf-8").splitlines()
             if line.startswith("| `COOPLEDGER_")]
    assert {line[0][3:-1].removeprefix("COOPLEDGER_").lower(): line[2].removesuffix(" |") for line in lines} == {
        field: info.description for field, info in Settings.model_fields.items()}


@pytest.fixture
def sound(tmp_path: Path) -> Iterator[Settings]:
    """A home with one original, as receiving leaves it."""
    settings = Settings(home=tmp_path)
    content_hash = hashlib.sha256(CONTENT).hexdigest()
    original = settings.archive / "objects" / content_hash[:2] / content_hash
    original.parent.mkdir(parents=True)
    original.write_bytes(CONTENT)
    register = settings.archive / "register.jsonl"
    register.write_text(json.dumps({"content_hash": content_hash, "path": "甲.csv"}) + "\n")
    settings.secret_key.parent.mkdir()
    settings.secret_key.write_bytes(bytes(32))
    for path in (original, register, settings.secret_key):
        path.chmod(0o600)
    for path in (settings.archive, settings.secret_key.parent):
        path.chmod(0o700)
    yield settings


def found(settings: Settings) -> dict[str, list[str]]:
    """The findings of the home, not of this machine."""
    out: dict[str, list[str]] = {}
    for line in doctor.examine(settings):
        if line["state"] != "正常" and line["check"] not in ("磁盘", "字体", "编码与时区", "组件版本"):
            out.setdefault(line["check"], []).append(line["finding"])
    return out


def test_doctor_finds_nothing_in_a_sound_home_and_writes_nothing(sound: Settings) -> None:
    before = {path: path.stat().st_mtime_ns for path in sound.home.rglob("*")}
    assert found(sound) == {}
    assert {path: path.stat().st_mtime_ns for path in sound.home.rglob("*")} == before


def test_doctor_names_changed_and_lost_originals_modes_and_the_key(sound: Settings) -> None:
    original = next((sound.archive / "objects").glob("??/*"))
    original.write_bytes(CONTENT + b"x")
    sound.archive.chmod(0o755)
    sound.secret_key.unlink()
    marts = sound.lake / "marts" / "coverage" / "report_month=2024-07-01"
    marts.mkdir(parents=True)
    (marts / "part.parquet").write_bytes(b"PAR1")
    told = found(sound)
    assert set(told) == {"权限", "密钥", "归档", "发布的仓库", "发布的数据"}
    assert told["权限"] == ["archive：其他用户可以读取，请执行 chmod -R go-rwx 收回权限。"]
    assert told["归档"] == [f"{original.relative_to(sound.home).as_posix()}：内容与登记的哈希不符，已被改动，请从备份中恢复。"]
    original.unlink()
    assert found(sound)["归档"] == ["1 个原件不在归档中（甲.csv），请从备份中恢复 archive/objects。"]


def test_the_sensor_wakes_a_run_for_new_bytes_only(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from dagster import RunRequest, build_sensor_context

    from dagster_project.automation import inbox

    monkeypatch.setenv("COOPLEDGER_HOME", str(tmp_path))
    file = tmp_path / "inbox" / "甲.csv"
    file.parent.mkdir()
    file.write_bytes(CONTENT)
    context = build_sensor_context()
    woken = []
    for change in (lambda: None, lambda: None, lambda: os.utime(file, (1, 1)), lambda: file.write_bytes(b"other")):
        change()
        woken.append(isinstance(inbox(context), RunRequest))
    assert woken == [True, False, False, True]


@pytest.mark.parametrize(("code", "tries"), [(errno.ETIMEDOUT, 4), (errno.ENOSPC, 1)])
def test_what_may_pass_is_tried_again_and_its_reason_reaches_status(
        code: int, tries: int, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from dagster import AssetExecutionContext, DagsterInstance, asset, build_run_status_sensor_context, materialize

    from dagster_project import failures
    from dagster_project.desk.status import _last_failure

    monkeypatch.setenv("COOPLEDGER_HOME", str(tmp_path))
    monkeypatch.setattr(failures, "FIRST_WAIT_SECONDS", 0)
    tried = []

    @asset
    def step(context: AssetExecutionContext) -> None:
        def look() -> None:
            tried.append(1)
            raise OSError(code, "share away")
        failures.retried(context, look)

    with DagsterInstance.ephemeral() as instance:
        result = materialize([step], instance=instance, raise_on_error=False)
        assert not result.success and len(tried) == tries
        (event,) = [one for one in result.all_events if one.is_run_failure]
        failures.tell_failure(build_run_status_sensor_context(
            sensor_name="tell_failure", dagster_instance=instance, dagster_run=result.dagster_run,
            dagster_event=event).for_run_failure())
    told = _last_failure(Settings())
    assert told and "share away" in told["reason"] and not told["published_since"]


def test_every_asset_says_whose_it_is_and_what_it_is_made_of() -> None:
    from dagster_project.definitions import defs

    made = defs.resolve_asset_graph().materializable_asset_keys
    specs = [spec for spec in defs.resolve_all_asset_specs() if spec.key in made]
    assert len(specs) == len(made) > 200
    assert [spec.key for spec in specs if not (spec.owners and spec.kinds and spec.description)] == []
    assert [spec.key for spec in specs if spec.group_name in (None, "default")] == []
    assert {one.name for one in defs.schedules} == {"nightly", "monthly_draft"}
    assert {one.default_status.value for one in (*defs.schedules, *defs.sensors)} == {"RUNNING"}


def test_the_pages_ask_nobody_to_sign_up_anywhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Dagster's first page would else ask for a mail address that it sends out."""
    from dagster import DagsterInstance

    from dagster_project.house import dagster_home

    monkeypatch.setenv("DAGSTER_HOME", "")
    dagster_home(Settings(home=tmp_path / "home", _env_file=None))
    with DagsterInstance.get() as instance:
        assert not instance.nux_enabled and not instance.telemetry_enabled

"""The start-up check of the settings: every one that is wrong, named in a sentence a person can act on (exit code 2)."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping

from dotenv import dotenv_values
from pydantic import ValidationError
from pydantic_settings import SettingsError

from dagster_project.months import WrongUse
from dagster_project.scopes import check_scopes
from dagster_project.settings import ROOT, Settings

PREFIX = "COOPLEDGER_"
# Not settings: what the house hands to dbt, and how much the tests do.
INTERNAL = frozenset(PREFIX + name for name in (
    "LAKE", "BUILD", "PROPERTY_EXAMPLES", "YEAR_MONTHS", "PROJECT"))
SAID = {"int_parsing": "要写整数", "int_from_float": "要写整数", "bool_parsing": "要写 true 或 false", "list_type": '要写成 ["150300"] 这样的列表', "path_type": "要写文件夹的路径",
        "greater_than_equal": "要写不小于 {ge} 的数"}


def variable(field: str) -> str:
    """The environment variable of a setting."""
    return PREFIX + field.upper()


def known() -> frozenset[str]:
    return frozenset(variable(field) for field in Settings.model_fields)


def faults() -> list[str]:
    """One sentence a setting that is unknown or cannot be used; none when a command may start."""
    return list(_unknown({**dotenv_values(ROOT / ".env"), **os.environ})) + list(_unusable())


def _unknown(given: Mapping[str, str | None]) -> Iterator[str]:
    import difflib

    for name in sorted(given):
        if name.upper().startswith(PREFIX) and name.upper() not in known() | INTERNAL:
            near = difflib.get_close_matches(name.upper(), sorted(known()), 1)
            yield f"{name}：没有这个设置" + (f"，是不是 {near[0]}？" if near else "，请对照 README 的设置表。")


def _unusable() -> Iterator[str]:
    try:
        settings = Settings()
    except ValidationError as error:
        yield from sentences(error)
        return
    except SettingsError:
        yield from _lists()
        return
    if settings.home.exists() and not settings.home.is_dir():
        yield f"{variable('home')}：“{settings.home}”不是文件夹，请换一个。"
    for field, codes in (("scopes", settings.scopes), ("default_scope", [settings.default_scope])):
        try:
            check_scopes([code for code in codes if code])
        except WrongUse as error:
            yield f"{variable(field)}：{error}"


def sentences(error: ValidationError) -> Iterator[str]:
    """What pydantic found, in Chinese."""
    for fault in error.errors():
        words = SAID.get(fault["type"], "").format(**fault.get("ctx", {}))
        words = words and f"“{fault['input']}”不能用，{words}。"
        yield f"{variable(str(fault['loc'][0]))}：{words or fault['msg'].removeprefix('Value error, ')}"


def _lists() -> Iterator[str]:
    """Lists are written as JSON; pydantic does not say which one is not."""
    given = {**dotenv_values(ROOT / ".env"), **os.environ}
    for field, info in Settings.model_fields.items():
        if info.annotation == list[str] and (value := given.get(variable(field))) is not None:
            try:
                json.loads(value)
            except ValueError:
                yield f'{variable(field)}：“{value}”不能用，要写成 ["150300"] 这样的列表。'


def rows() -> list[str]:
    """The README's table of settings, a line each."""
    shown = {"home": "`var` in the checkout", "scopes": "none: every prefecture delivered", "default_scope": "none"}
    return [f"| `{variable(field)}` | {shown.get(field) or info.default} | {info.description} |"
            for field, info in Settings.model_fields.items()]

"""The dbt project as a whole: documented both ways, no policy in SQL, data that agrees with the contracts."""

from __future__ import annotations

import csv
import json
import re
from datetime import date
from pathlib import Path

import pytest
import yaml
from dbt_lake import CONTRACTS, TARGET, Lake

from dagster_project import lake as zones

DBT = Path(__file__).resolve().parents[1] / "dbt"
MODELS = sorted((DBT / "models").rglob("*.sql"))
SNAPSHOT_EXTRA = ["delivered_on", "delivery_state", "kept_from_older"]
FORM_EXTRA = ["filled_columns", "form_content_hash", "form_file_name", "form_sheet", "form_row_number"]
LEFT_EXTRA = ["delivered_on", "delivery_state", "left_on"]
CHINESE = re.compile("[一-鿿]")

# Numbers that are no policy, reviewed one by one: a year's months and last day, positions inside codes, orders of sources.
LITERALS = {
    "core/region.sql": {"2", "4", "00", "99"},  # positions and endings of a division code
    "core/region_ancestor.sql": {"2", "3"},  # steps up the divisions
    "core/coop_income.sql": {"2", "3"},  # order of the sources (rulings 6.2.2)
    "core/county_income_median.sql": {"2"},  # the middle two
    "marts/programme/contract_evaluation.sql": {"2"},  # mean of the two shares (rulings 6.6.13)
    "marts/shell/shell_decision.sql": {"2", "3"},  # order of the procedure's steps
    "marts/shell/shell_year_row.sql": {"2", "3"},  # order of the evidence
    "core/run_month.sql": {"12"},  # months of a year
    "core/account_summary.sql": {"12", "31"},  # 31 December
    "core/annual_report_year.sql": {"12", "31"},  # 31 December
    "marts/shell/shell_account.sql": {"12", "31"},  # 31 December
    "marts/shell/shell_award.sql": {"12", "31"},  # 31 December
    "marts/shell/shell_business.sql": {"12", "31"},  # 31 December
    "marts/shell/shell_evidence.sql": {"12", "31", "2", "3"},  # 31 December; order of the evidence
    "marts/shell/shell_member.sql": {"12", "31"},  # 31 December
    "marts/shell/shell_report.sql": {"12", "31"},  # 31 December
    "marts/plan/plan_progress.sql": {"12"},  # months of a year
    "marts/books/report_month.sql": {"7"},  # YYYY-MM
}


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    lake = Lake(tmp_path_factory.mktemp("empty"))
    lake.month(date(2024, 7, 31))
    lake.build()
    lake.conclude()
    return lake


@pytest.fixture(scope="module")
def nodes(lake: Lake) -> list[dict]:
    manifest = json.loads(
        (TARGET / "manifest.json").read_text(encoding="utf-8")
    )
    return [node for node in manifest["nodes"].values() if node["resource_type"] in ("model", "seed")]


def built_columns(lake: Lake) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for table, column in lake.rows(
        "select table_name, column_name from duckdb_columns() order by table_name, column_index"
    ):
        found.setdefault(table, []).append(column)
    return found


def test_unit_tests_of_the_models_pass(lake: Lake) -> None:
    results = lake.dbt("test", "--select", "test_type:unit")
    assert len(results) >= 10
    assert {result.status for result in results} == {"pass"}


def test_a_month_without_any_delivery_builds_and_says_so(lake: Lake) -> None:
    assert lake.rows("select count(*) from delivery where state <> '未收到'") == [(0,)]
    for table in (
        "cooperative",
        "family_farm",
        "coverage",
        "surplus_return",
        "shell_indicator",
        "shell_status",
        "quota_task",
    ):
        assert lake.rows(f"select count(*) from {table}") == [(0,)], table


def test_documented_columns_equal_the_built_ones(lake: Lake, nodes: list[dict]) -> None:
    built = built_columns(lake)
    for node in nodes:
        if not node["name"].startswith("asof_"):
            assert sorted(node["columns"]) == sorted(built[node["name"]]), node["name"]
            undescribed = [name for name, column in node["columns"].items() if not column["description"]]
            assert not undescribed, (node["name"], undescribed)
        assert node["description"], node["name"]


def test_asof_models_have_the_columns_of_their_contracts(lake: Lake) -> None:
    built = built_columns(lake)
    for contract in CONTRACTS.values():
        name = f"asof_{contract.system}__{contract.table}"
        extra = [*SNAPSHOT_EXTRA, "listing_state"] if contract.open_list else SNAPSHOT_EXTRA
        filled = FORM_EXTRA if contract.system == "programme" and any(v.partial for v in contract.variants) else []
        assert built[name] == [*contract.typed(), *extra, *filled], name
        if contract.delivery == "snapshot":
            assert built[f"{name}_left"] == [*contract.typed(), *LEFT_EXTRA], name


def test_every_published_column_has_a_chinese_label(nodes: list[dict]) -> None:
    published = [node for node in nodes if node["config"]["meta"].get("published")]
    assert {"coverage", "surplus_return", "delivery", "cooperative", "shell_status", "measure"} <= {
        n["name"] for n in published
    }
    for node in published:
        assert CHINESE.search(node["config"]["meta"]["label"]), node["name"]
        for name, column in node["columns"].items():
            assert CHINESE.search(column["config"]["meta"]["label"]), (node["name"], name)
        labels = [column["config"]["meta"]["label"] for column in node["columns"].values()]
        assert len(labels) == len(set(labels)), node["name"]


def test_no_published_table_holds_a_personal_column(nodes: list[dict]) -> None:
    personal = {
        column.name
        for contract in CONTRACTS.values()
        for column in contract.columns
        if column.personal and column.personal != "public_representative"
    }
    personal |= {f"{name}_hash" for name in personal}
    assert {"operator", "phone", "member_name"} <= personal
    for node in nodes:
        if node["config"]["meta"].get("published"):
            assert not personal & set(node["columns"]), node["name"]


def without_words(text: str) -> str:
    """SQL without comments, quoted words and types. What Jinja quotes is SQL itself: arguments of macros."""
    text = re.sub(r"\{#.*?#\}", " ", text, flags=re.S)
    text = re.sub(r"--[^\n]*", " ", text)
    text = re.sub(r"\bdecimal\(\d+, ?\d+\)", " ", text)
    text = re.sub(r"\{\{.*?\}\}|\{%.*?%\}", lambda found: re.sub("['\"]", " ", found[0]), text, flags=re.S)
    text = re.sub(r"'\d{1,3}'", lambda found: found[0].strip("'"), text)
    return re.sub(r"'[^'\n]*'|\"[^\"\n]*\"", " ", text)


@pytest.mark.parametrize("path", MODELS, ids=lambda path: str(path.relative_to(DBT / "models")))
def test_no_threshold_stands_in_sql(path: Path) -> None:
    numbers = set(
        re.findall(r"(?<![\w.])\d+(?:\.\d+)?(?![\w.])", without_words(path.read_text(encoding="utf-8")))
    )
    allowed = {"0", "1", "100"} | LITERALS.get(str(path.relative_to(DBT / "models")), set())
    assert numbers <= allowed, f"{path.name}: {sorted(numbers - allowed)} belong in a policy row"


def test_no_threshold_is_spelled_out_of_small_numbers() -> None:
    """`1 + 1` is a 2."""
    for path in MODELS:
        text = without_words(path.read_text(encoding="utf-8"))
        sums = re.findall(r"(?<![\w.])\d+\s*[-+*/]\s*\d+(?![\w.])", text)
        assert not sums, f"{path.name}: {sums}"


def test_the_reviewed_numbers_are_still_there() -> None:
    for name, numbers in LITERALS.items():
        text = without_words((DBT / "models" / name).read_text(encoding="utf-8"))
        assert numbers <= set(re.findall(r"(?<![\w.])\d+(?![\w.])", text)), name


@pytest.mark.parametrize("path", [p for p in MODELS if p.parent.name != "asof"], ids=lambda path: path.name)
def test_columns_are_listed_past_the_asof_layer(path: Path) -> None:
    text = without_words(path.read_text(encoding="utf-8"))
    assert not re.search(r"select\s+(distinct\s+)?\*|\w\.\*", text), path.name


@pytest.mark.parametrize("path", MODELS, ids=lambda path: path.name)
def test_models_keep_to_the_sql_that_both_engines_share(path: Path) -> None:
    """engines.md, "only in DuckDB" and "silently different", as far as a word gives it away."""
    text = without_words(path.read_text(encoding="utf-8")).lower()
    foreign = re.findall(
        r"\bexclude\b|\bdistinct on\b|\basof join\b|\bby name\b|//|\bvarchar\b|\bhugeint\b|\bdouble\b"
        r"|\bstring_agg\b"
        r"|\blist_\w+|\bstrftime\b|\bhash\(|\bas materialized\b|\binterval\b|\bregexp_\w+|\bunnest\b|::",
        text,
    )
    assert not foreign, f"{path.name}: {foreign}"
    if path.parent.name != "asof":      # Spark takes them in filters alone
        assert not re.search(r"\bexists\b|[=<>]\s*\(\s*select\b", text), path.name


def test_models_stay_readable() -> None:
    long = {
        path.name: lines
        for path in MODELS
        if (lines := len(path.read_text(encoding="utf-8").splitlines())) > 130
    }
    assert not long


def seed(name: str) -> list[dict[str, str]]:
    with (DBT / "seeds" / "policy" / f"{name}.csv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_source_tables_are_delivered_as_their_contracts_say() -> None:
    rows = {row["table_id"]: row for row in seed("source_table")}
    assert set(rows) == set(CONTRACTS)
    for contract in CONTRACTS.values():
        row = rows[contract.id]
        assert row["delivery"] == contract.delivery
        dated_by = (
            "year" if contract.event_date.year_end else "column" if contract.event_date.column else "file"
        )
        assert row["dated_by"] == dated_by, contract.id
        scope_by = (
            "key"
            if not contract.scoped
            else "prefecture"
            if "prefecture_code" in contract.replaces
            else "entity"
            if "credit_code" in contract.replaces
            else "county"
        )
        assert row["scope_by"] == scope_by, contract.id
        assert row["open_list"] == str(contract.open_list).lower(), contract.id
        assert (row["expected_level"] == "none") == (contract.system == "office"), contract.id


def test_the_contracts_that_narrow_are_the_ones_the_models_narrow() -> None:
    narrowing = {contract.id: contract.narrows_to for contract in CONTRACTS.values() if contract.narrows_to}
    assert narrowing == {"farm_directory.farm": "township_name"}
    for name in ("asof_farm_directory__farm.sql", "delivery_key.sql"):
        assert "'township_name'" in (DBT / "models" / "asof" / name).read_text(encoding="utf-8")


def test_the_houses_own_sources_have_the_columns_that_the_lake_writes() -> None:
    page = yaml.safe_load((DBT / "models" / "sources" / "house.yml").read_text(encoding="utf-8"))
    said = {
        f"{source['name']}.{table['name']}": {c["name"]: c["data_type"].upper() for c in table["columns"]}
        for source in page["sources"]
        for table in source["tables"]
    }
    assert said == {
        "landing.sheets": zones.SHEETS,
        "landing.delivered": zones.DELIVERED,
        "landing.rejected": zones.REJECTED,
        "landing.issues": zones.ISSUES,
        "landing.corrected": zones.CORRECTED,
        "run_context.run_context": zones.RUN_CONTEXT,
        **{f"previous.{table}": columns for table, columns in zones.PREVIOUS.items()},
        "judged.shell_fired": zones.SHELL_FIRED,
        "judged.expectation_result": zones.EXPECTATION_RESULT,
        "judged.expectation_county": zones.EXPECTATION_COUNTY,
        "judged.screened": zones.EXPECTATION_COUNTY,
        "judged.blocked_delivery": zones.BLOCKED_DELIVERY,
    }


def test_rules_name_indicators_and_values_that_exist(lake: Lake) -> None:
    indicator = built_columns(lake)["shell_indicator"]
    told = re.findall(r"'(k\d\d)': \[([^]]*)\]", (DBT / "macros" / "shell.sql").read_text(encoding="utf-8"))
    values = {rule.upper(): set(re.findall(r"'(\w+)'", names)) for rule, names in told}
    assert set(values) == {f"K{number:02d}" for number in range(1, 14)} == {row["rule_id"] for row in seed("shell_rule")}
    for row in [*seed("shell_rule"), *seed("shell_sentence")]:
        assert set(re.findall(r"\{(\w+)\}", row["sentence"])) <= values[row["rule_id"]], row["rule_id"]
    for row in seed("shell_rule"):
        assert row["indicator_column"] in indicator
        assert row["basis"] and row["effective_from"]
    assert set().union(*values.values()) - {"inspected_on"} <= set(indicator)


def test_registered_measures_name_policies_and_tables_that_exist(lake: Lake) -> None:
    policies, built = {row["id"] for row in seed("policy_value")}, built_columns(lake)
    for row in seed("measure_registry"):
        assert set(row["policy_ids"].split()) <= policies, row["measure_id"]
        assert row["table_name"] in built, row["measure_id"]
        assert row["basis"] and CHINESE.search(row["name"]), row["measure_id"]


def test_policies_name_their_article_and_a_region(lake: Lake) -> None:
    regions = {code for (code,) in lake.rows("select region_code from region")}
    for row in seed("policy_value"):
        assert row["region_code"] in regions, row["id"]
        assert row["basis"] and row["unit"] and row["effective_from"], row["id"]


def test_parts_of_the_nation_have_a_place_for_everything(lake: Lake) -> None:
    rows = lake.rows(
        "select region_code, region_name, parent_code from region where region_level = 'county' "
        "and region_code in ('150300', '150399', '441900') order by all"
    )
    assert rows == [
        ("150300", "乌海市本级", "150300"),
        ("150399", "乌海市（无法归属）", "150300"),
        ("441900", "东莞市", "441900"),
    ]
    assert (
        lake.rows(
            "select count(*) from region_ancestor where region_level = 'county' group by region_code "
            "having count(*) <> 4"
        )
        == []
    )


PICKS = re.compile(r"\b(?:max_by|min_by|arg_max\w*|arg_min\w*|any_value|first|first_value|last|last_value|mode)\(")


def test_no_model_picks_a_row_without_a_full_order() -> None:
    """What is picked by one column alone may be another row on the next build: `verify` would call it a difference."""
    loose = []
    for path in [*MODELS, *sorted((DBT / "macros").glob("*.sql"))]:
        text = re.sub(r"\{#.*?#\}|--[^\n]*", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
        keyed = set(re.findall(r"sort_key\(\[[^\]]*\]\) \}\} as (\w+)", text))
        for found in PICKS.finditer(text):
            given = text[found.end():text.index("\n", found.end())]
            by = re.match(r"[^,]*?(?:\{\{.*?\}\})?[^,]*, (?:(\{\{ sort_key\()|(?:\w+\.)?(\w+)\))", given)
            if not (found.group().startswith(("max_by", "min_by")) and by and (by[1] or by[2] in keyed)):
                loose.append(f"{path.name}: {found.group()}{given.strip()}")
    assert loose == []

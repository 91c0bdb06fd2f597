"""A small build file made by hand for the form tests: the marts' columns, a few rows, no dbt.

`YAML_COLUMNS` says what the marts document; every column used here must be one of them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path

import duckdb
import yaml
from forms_list_tables import ASOF_TABLES, LIST_OTHER_TYPES, LIST_TABLES, LIST_TYPES, SEED_TABLES

MODELS = Path(__file__).resolve().parents[1] / "dbt" / "models"
COLUMNS_OF_TYPE = {
    "DECIMAL(18,2)": """
        current_surplus opening_undistributed other_transfers_in covered_loss reserve_appropriation
        statutory_base returned book_base returned_in_accounts returned_difference expected found
        difference trade_total annual_income amount income income_before
    """,
    "BIGINT": """
        year print_order coops farms row_number quota recommended awarded accepted paid target actual
        trial fiscal_year failed_checks checks_made accounts roster_members members farmer_members
        unit_members accounts_first_row accounts_last_row rows_read rejected out_of_scope ignored
        sheet_index received_order file_count rows numerator denominator unknown edition counties
        counties_missing households_led residents_led lifted_led monitored_led form_row_number awards
        members_unknown annual_income_unknown households_led_unknown residents_led_unknown lifted_led_unknown
        monitored_led_unknown coops_served farms_served trainings door_visits recorded_door_visits proxy_clients
        accounts_sound_unknown coops_numerator coops_denominator farms_numerator farms_denominator
        accounts_sound_numerator accounts_sound_denominator removal_numerator removal_denominator code_numerator
        code_denominator item items_pending services signed_visits management_services innovation_services
        entities_served new_demonstration shells_cleared stars_up stars_down income_entities evaluation_year
        evaluation_row_number evaluated failed suspected confirmed removed
    """,
    "DATE": """
        registered_on starts_on ends_on born_on appointed_on term_ends_on evaluated_on compared_with
        evaluation_snapshot_date report_month newest_on due_on
        snapshot_date accounts_snapshot_date as_of delivered_on founded_on evidence_date
    """,
    "BOOLEAN": """
        is_remainder is_current_year in_force is_union bases_agree proportional is_city_wide is_by_data
        recommendation_enough snapshot_date_assumed meets_target stale on_pace accounts_match
        blocked is_overdue
    """,
    "DECIMAL(24,8)": "minimum_return",
    "DECIMAL(18,6)": "value coops_share farms_share composite visits_minimum entities_minimum",
    "DECIMAL(18,4)": """
        satisfaction evaluated_score points computed given entities_contacted_score contact_frequency_score
        management_and_rules_score production_innovation_score quality_improvement_score entity_opinion_score
        department_cooperation_score policy_publicity_score
    """,
}
TYPES = {name: kind for kind, names in COLUMNS_OF_TYPE.items() for name in names.split()} | LIST_TYPES

# Table → the columns the forms read.
TABLES: dict[str, str] = {
    "region": "region_code region_level region_name parent_code is_remainder",
    "report_month": "status edition previous_edition closed_by as_of software_version",
    "policy_in_force": "id name region_code value unit basis effective_from effective_to",
    "measure": """
        measure_id name table_name grain numerator denominator exclusions as_of_rule unit rounding
        basis policy_ids
    """,
    "delivery": "table_id scope county_code delivered_on file_count rows state",
    "received_sheet": """
        file_name content_hash sheet sheet_index table_id variant snapshot_date
        snapshot_date_assumed outcome rows_read accepted rejected corrected out_of_scope ignored reason_code
        reason received_order
    """,
    "rejected_row": """
        content_hash file_name sheet row_number table_id column_name raw_value code sentence scope
    """,
    "value_issue": "content_hash file_name sheet row_number table_id column_name raw_value code sentence",
    "data_quality": """
        table_name expectation county_code table_id title says severity evaluated failed blocked sample
    """,
    "shell_trend": "report_month county_code suspected confirmed removed",
    "data_quality_trend": "report_month table_name county_code evaluated failed",
    "delivery_freshness": "table_id region_code newest_on due_on is_overdue",
    "quota_task": """
        year prefecture_code county_code county_label coops farms remark print_order content_hash
        file_name sheet row_number snapshot_date
    """,
    "quota_progress": """
        year prefecture_code county_code county_label entity_type quota recommended
        recommendation_enough awarded accepted paid completion print_order missing_tables
    """,
    "plan_target": """
        region_code region_level prefecture_code county_label year indicator target is_city_wide
        print_order content_hash file_name sheet row_number snapshot_date
    """,
    "plan_progress": """
        region_code region_level county_label year indicator indicator_name target actual trial completion
        print_order missing_tables
    """,
    "cooperative": """
        key credit_code name county_code in_force delivered_on content_hash file_name sheet
        row_number
    """,
    "surplus_return": """
        credit_code name county_code fiscal_year is_current_year in_force is_union layout
        current_surplus covered_loss reserve_appropriation statutory_base minimum_return returned
        book_base return_status bases_agree statement_status failed_checks members farmer_members
        unit_members composition_status accounts returned_in_accounts returned_difference
        trade_status proportional roster_members missing_tables content_hash file_name sheet
        row_number snapshot_date accounts_content_hash accounts_file_name accounts_sheet
        accounts_first_row accounts_last_row accounts_snapshot_date
    """,
    "statement_check": "credit_code fiscal_year check_id check_name county_code expected found difference",
    "award_form": """
        year county_code entity_type award_key township_name entity_name registered_on members main_industry
        annual_income households_led residents_led lifted_led monitored_led works code_state demonstration_level
        left_out print_order content_hash file_name sheet row_number snapshot_date form_content_hash form_file_name
        form_sheet form_row_number
    """,
    "award_form_total": """
        year county_code entity_type awards members members_unknown annual_income annual_income_unknown
        households_led households_led_unknown residents_led residents_led_unknown lifted_led lifted_led_unknown
        monitored_led monitored_led_unknown
    """,
    "contract_evaluation": """
        contract_no county_code provider service_area starts_on ends_on amount findings coops_served coops_share
        coops_numerator coops_denominator farms_served farms_share farms_numerator farms_denominator trainings
        door_visits recorded_door_visits proxy_clients accounts_sound_numerator accounts_sound_denominator
        accounts_sound_unknown removal_numerator removal_denominator code_numerator code_denominator satisfaction
        evaluated_score composite missing_components content_hash file_name sheet row_number snapshot_date
    """,
    "scorecard": """
        year county_code form item points is_by_data numerator denominator unknown computed given deduction_note
        basis content_hash file_name sheet row_number snapshot_date
    """,
    "scorecard_total": "year county_code form points computed given",
    "advisor_form": """
        advisor_key certificate_no advisor_name county_code year gender born_on job_title advice_kinds employer
        appointed_on entities_served entities_minimum entities_status services door_visits signed_visits
        management_services innovation_services new_demonstration shells_cleared stars_up stars_down
        income_entities income income_before evaluation_year satisfaction entities_contacted
        entities_contacted_score contact_frequency contact_frequency_score management_and_rules
        management_and_rules_score production_innovation production_innovation_score quality_improvement
        quality_improvement_score entity_opinion entity_opinion_score department_cooperation
        department_cooperation_score policy_publicity policy_publicity_score grade evaluated_on work_summary
        remark content_hash file_name sheet row_number snapshot_date evaluation_content_hash evaluation_file_name
        evaluation_sheet evaluation_row_number evaluation_snapshot_date
    """,
    "advisor_quarter": "advisor_key county_code quarter door_visits signed_visits visits_minimum status",
    "advisor_service": "advisor_key county_code served_on content_hash file_name sheet row_number",
    "advisor_change": """
        advisor_key county_code year change_kind certificate_no phone advisor_name gender born_on employer job_title
        origin advice_kinds expertise industry work_mode appointing_body appointing_level township_name
        appointed_on term_ends_on changed_fields values_before values_now compared_with missing_fields
        content_hash file_name sheet row_number snapshot_date
    """,
    "coverage": """
        region_code region_level measure_id numerator denominator value target unknown meets_target
        status stale
    """,
} | LIST_TABLES
# Names that mean something else in one table.
OTHER_TYPES = {
    "measure": {"numerator": "VARCHAR", "denominator": "VARCHAR"},
    "scorecard": {"form": "VARCHAR"},
    "advisor_service": {"served_on": "DATE"},
    "coverage": {"target": "DECIMAL(18,6)", "unknown": "BIGINT"},
} | LIST_OTHER_TYPES


def documented() -> dict[str, set[str]]:
    """Columns of each model as the marts' YAML documents them."""
    found: dict[str, set[str]] = {}
    for path in MODELS.glob("**/*.yml"):
        for model in yaml.safe_load(path.read_text(encoding="utf-8")).get("models", []):
            found[model["name"]] = {column["name"] for column in model.get("columns", [])}
    return found


def insert(con: duckdb.DuckDBPyConnection, table: str, rows: Sequence[Mapping]) -> None:
    """Insert rows given by column name; columns not given are null."""
    for row in rows:
        con.execute(
            f"insert into {table} ({', '.join(row)}) values ({', '.join('?' * len(row))})", list(row.values())
        )


def empty_warehouse(as_of: date = date(2024, 7, 31)) -> duckdb.DuckDBPyConnection:
    """Every table the forms read, the regions and books of the month, and no data."""
    con = duckdb.connect()
    for table, columns in (TABLES | ASOF_TABLES | SEED_TABLES).items():
        types = TYPES | OTHER_TYPES.get(table, {})
        typed = [f"{name} {types.get(name, 'VARCHAR')}" for name in columns.split()]
        con.execute(f"create table {table} ({', '.join(typed)})")
    con.execute("create table asof_advisor__visit (content_hash VARCHAR, sheet VARCHAR, row_number BIGINT, snapshot_date DATE)")
    con.execute("create table shell_rule (rule_id VARCHAR, name VARCHAR)")
    con.execute("create table source_table (table_id VARCHAR, expected_level VARCHAR)")
    con.execute("insert into source_table values ('programme.quota', 'prefecture')")
    insert(
        con,
        "region",
        [
            dict(zip(TABLES["region"].split(), row, strict=True))
            for row in (
                ("000000", "nation", "全国", None, False),
                ("150000", "province", "内蒙古自治区", "000000", False),
                ("150300", "prefecture", "乌海市", "150000", False),
                ("150302", "county", "海勃湾区", "150300", False),
                ("150303", "county", "海南区", "150300", False),
                ("150304", "county", "乌达区", "150300", False),
                ("150300", "county", "乌海市本级", "150300", True),
                ("150399", "county", "乌海市无法归属", "150300", True),
                ("150600", "prefecture", "鄂尔多斯市", "150000", False),
                ("150623", "county", "鄂托克前旗", "150600", False),
                ("330000", "province", "浙江省", "000000", False),
                ("330200", "prefecture", "宁波市", "330000", False),
                *((code, "county", name, "330200", False) for code, name, *_ in NINGBO),
                ("500000", "province", "重庆市", "000000", False),
                ("500100", "prefecture", "市辖区", "500000", False),
                ("500105", "county", "江北区", "500100", False),
            )
        ],
    )
    insert(con, "report_month", [{"status": "open", "as_of": as_of, "software_version": "0.1.0"}])
    insert(
        con,
        "policy_in_force",
        [
            {
                "id": "return_floor",
                "name": "盈余返还最低比例",
                "region_code": "000000",
                "value": Decimal("0.60"),
                "unit": "比例",
                "basis": "《农民专业合作社法》第四十四条",
            },
            {
                "id": "farmer_share_minimum",
                "name": "农民成员最低比例",
                "region_code": "000000",
                "value": Decimal("0.80"),
                "unit": "比例",
                "basis": "《农民专业合作社法》第二十条",
            },
        ],
    )
    insert(
        con,
        "measure",
        [
            {
                "measure_id": "return_ratio_statutory",
                "name": "盈余返还比例（法定口径）",
                "table_name": "surplus_return",
                "numerator": "盈余返还",
                "denominator": "max（0，本年盈余－弥补亏损－提取盈余公积）",
                "exclusions": "联合社（第六十一条）",
                "as_of_rule": "会计年度结束满3个月后的最新批次",
                "unit": "比例",
                "rounding": "6位小数四舍五入",
                "basis": "《农民专业合作社法》第四十四条",
                "policy_ids": "return_floor",
            },
            {
                "measure_id": "quota",
                "name": "培育壮大任务数",
                "table_name": "quota_progress",
                "numerator": "任务数",
                "as_of_rule": "当月已下达的最新任务分配表",
                "unit": "个",
                "rounding": "整数",
                "basis": "乌农字〔2024〕48号附件1",
            },
        ],
    )
    return con


# 004 附件, typed from the policy text: (code, printed name, 2023 star, led, 2024 star, led, 2025 star, led).
NINGBO = (
    ("330203", "海曙", 60, 25, 80, 35, 100, 43),
    ("330205", "江北", 35, 32, 37, 35, 37, 37),
    ("330211", "镇海", 30, 25, 35, 27, 40, 29),
    ("330206", "北仑", 45, 40, 55, 42, 70, 44),
    ("330212", "鄞州", 70, 65, 80, 70, 85, 75),
    ("330213", "奉化", 90, 80, 120, 85, 140, 90),
    ("330281", "余姚", 60, 45, 85, 60, 110, 75),
    ("330282", "慈溪", 110, 100, 130, 120, 150, 130),
    ("330226", "宁海", 160, 110, 200, 130, 240, 150),
    ("330225", "象山", 140, 95, 190, 110, 230, 130),
)

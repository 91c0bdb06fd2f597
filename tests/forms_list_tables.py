"""Tables that forms 10, 11 and 13 to 16 read: the columns of the hand-made build file and their types."""

from __future__ import annotations

_COLUMNS_OF_TYPE = {
    "DECIMAL(18,2)": """
        score_low score_high applicable_weight missing_weight weight points_gained points_needed dividends
        collective_income fund_due fund_arrived funds_allotted funds_paid
    """,
    "DECIMAL(18,6)": "evidence_coverage problems_per_award",
    "BIGINT": """
        stars stars_low stars_high previous_stars next_stars step months_listed quota_coops quota_farms awarded_coops
        awarded_farms standardised_coops standardised_farms due_updates updated due_flags flagged problems examined late
        undecided rank consecutive_notices problems_change previous_problems open_problems days_open villages
        villages_reported villages_missing enterprises organisations households joined poor linked insured_due insured
        trained advisors below_minimum reached in_progress pre_trained pre_missed in_service training_unknown coops_advised
        farms_advised first_row last_row left_row_number right_row_number
    """,
    "DATE": """
        decided_on first_month deadline pleaded_on disposal_due_on disposal_done_on listed_on done_on fact_on official_on
        last_month first_seen_month
    """,
    "BOOLEAN": """
        rubric_is_default simplified_closed notified suggest_cut poor_village reported fund_reached is_total
        above_upper_limit is_in_shortest in_office is_accepted
    """,
}
LIST_TYPES = {name: kind for kind, names in _COLUMNS_OF_TYPE.items() for name in names.split()}

_FILE = "content_hash file_name sheet row_number"
LIST_TABLES: dict[str, str] = {
    "file_decision": "content_hash sheet is_accepted decided_on",
    "delivery_batch": "table_id county_code snapshot_date",
    "shell_status": """
        credit_code county_code name founded_on status kinds first_month months_listed change conflict_rules
        decided_on decision_word deadline pleaded_on disposal disposal_due_on disposal_done_on legal_next_step
        simplified_closed
    """,
    "shell_flag": "credit_code county_code rule_id kind outcome basis evidence_date sentence parameters",
    "shell_evidence": "credit_code rule_id place table_id fact_on content_hash file_name sheet first_row last_row",
    "star_rating": f"""
        credit_code name county_code score_low score_high evidence_coverage stars rating_status rating_source veto
        stars_low stars_high applicable_weight missing_weight official_word official_on rubric_issuer
        rubric_is_default change previous_stars previous_status {_FILE}
    """,
    "star_rating_item": f"""
        credit_code county_code indicator_id indicator_name dimension weight points state evidence basis {_FILE}
    """,
    "star_next_step": """
        credit_code county_code step indicator_name points_gained points_needed next_stars state is_in_shortest
    """,
    "supervision_county": """
        county_code quota_coops quota_farms awarded_coops awarded_farms standardised_coops standardised_farms accepted
        paid funds_allotted funds_paid due_updates updated due_flags flagged problems examined late undecided
        problems_per_award rank notified consecutive_notices suggest_cut problems_change edition_state missing_tables
    """,
    "supervision_award": """
        county_code entity_type entity_name support award_key previous_problems open_problems change first_seen_month
    """,
    "award_check": f"""
        county_code entity_type entity_name support award_key check_id check_name detail basis days_open due_on outcome
        print_order {_FILE} snapshot_date
    """,
    "district_check": "year county_code check_id check_name outcome days_open print_order",
    "village_month": f"""
        banner_code township village poor_village reported last_month enterprises organisations households joined poor
        linked dividends collective_income fund_due fund_arrived fund_reached insured_due insured trained {_FILE}
    """,
    "village_banner_month": """
        banner_code villages villages_reported villages_missing enterprises organisations households joined poor linked
        dividends collective_income fund_due fund_arrived insured_due insured trained
    """,
    "advisor": f"advisor_key certificate_no county_code township_name in_office {_FILE}",
    "advisor_progress": """
        county_code township_name is_total quarter target status above_upper_limit advisors coops_served farms_served
        door_visits coops_advised farms_advised below_minimum reached in_progress pre_trained pre_missed in_service
        training_unknown coops farms
    """,
    "reconciliation": """
        pair county_code left_key right_key outcome field field_name left_value right_value left_name right_name
        left_file_name left_sheet left_row_number right_file_name right_sheet right_row_number
    """,
    "entity_decision": "pair left_key right_key decision decided_by decided_on",
}
# Rows of the source tables as they count this month; their columns are the contracts'.
ASOF_TABLES: dict[str, str] = {
    "asof_office__delivery_decision": "file decided_by decided_on",
    "asof_gsxt__abnormal_listing": f"credit_code county_code name reason listed_on listing_state {_FILE} snapshot_date",
    "asof_office__shell_case": f"credit_code step done_on note decided_by {_FILE} snapshot_date",
    "asof_programme__district_task": f"year county_code {_FILE} snapshot_date",
}
# Rows of a seed.
SEED_TABLES = {"entity_pair_kind": "pair name left_system right_system"}
# Names that mean something else in one table.
LIST_OTHER_TYPES = {"asof_office__shell_case": {"step": "VARCHAR"}}

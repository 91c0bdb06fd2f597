"""Every measure of the registry has cases counted by hand: whoever adds a measure names here where they stand."""

from __future__ import annotations

import csv
from pathlib import Path

from test_dbt_coverage import EXPECTED

ROOT = Path(__file__).resolve().parent.parent
UNITS = "dbt/models/{}_unit_tests.yml".format
FARM, RETURN, CORE = UNITS("marts/coverage/coverage"), UNITS("marts/surplus_return/surplus_return"), UNITS("core/core")
COVERAGE, MEASURES, VILLAGE, PLAN, STAR, PROGRAMME, ADVISOR, FORMS = (f"tests/test_{name}.py" for name in (
    "dbt_coverage", "dbt_measures", "dbt_village", "dbt_plan", "dbt_star", "dbt_programme", "dbt_advisor", "forms_models"))

# Measure → the file of its cases, and the column or word by which they name it; those of EXPECTED stand there.
CASES = {
    "farm_code_rate": (MEASURES, "farm_code_rate"), "farm_update_rate": (FARM, "farm_update_rate"),
    "farm_stale_2y": (FARM, "farm_stale_2y"), "visit_sweep_rate": (COVERAGE, "visit_sweep_rate"),
    "federation_membership_rate": (COVERAGE, "federation_membership_rate"),
    **{name: (VILLAGE, name) for name in ("village_model_rate", "village_model_rate_key", "insurance_rate", "insurance_village_rate",
                                          "poor_household_link_rate", "village_month")},
    **{name: (RETURN, name) for name in ("return_ratio_statutory", "return_ratio_book", "accounts_match", "proportional")},
    "statement_check": (CORE, "statement_check_outcome"), "composition": (CORE, "composition"),
    "above_county_mean": (CORE, "above_county_mean"), "quota": (PROGRAMME, "quota_progress"),
    **{name: (PLAN, name) for name in ("star_coops", "led_coops", "led_five_star", "member_households", "led_share_county",
                                       "led_share_province", "led_share_nation")},
    "shell_status": (MEASURES, "shell_status"), "reconciliation": ("tests/test_dbt_reconciliation.py", "reconciliation"),
    "star_score_low": (STAR, "score_low"), "star_score_high": (STAR, "score_high"), "evidence_coverage": (STAR, "evidence_coverage"),
    "stars": (STAR, "stars"), "advisor_entities_served": (ADVISOR, "entities_served"), "advisor_door_visits": (ADVISOR, "door_visits"),
    "advisors": (ADVISOR, "advisor_target"), "entities_served": (ADVISOR, "advisor_target"), "award_form_total": (FORMS, "合计"),
    "award_check": (PROGRAMME, "award_check"), "district_check": (PROGRAMME, "district_check"),
    "contract_composite": (PROGRAMME, "composite"), "scorecard": (PROGRAMME, "scorecard"),
    "supervision": ("tests/test_dbt_supervision.py", "supervision_county"),
}


def test_every_measure_has_a_case_counted_by_hand() -> None:
    with (ROOT / "dbt" / "seeds" / "policy" / "measure_registry.csv").open(encoding="utf-8") as file:
        registry = {row["measure_id"]: row["table_name"] for row in csv.DictReader(file)}
    assert set(registry) == set(EXPECTED) | set(CASES)
    assert not set(EXPECTED) & set(CASES) and {registry[name] for name in EXPECTED} == {"coverage"}
    for measure, (path, word) in CASES.items():
        assert word in (ROOT / path).read_text(encoding="utf-8"), measure

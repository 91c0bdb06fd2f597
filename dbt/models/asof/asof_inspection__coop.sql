-- 合作社走访检查记录: the rows that count in the month.
with counted as (
    {{ version_rows('inspection', 'coop') }}
)

select
    credit_code, name, inspected_on, inspector, land_contract_sound, has_accountant, books_complete,
    has_charter, assemblies, boards_work, one_member_one_vote, financial_rules, affairs_disclosed,
    standardised_production, quality_rules, traceable, conformity_certificate, small_households_led,
    lifted_households_led, trademark, green_certified, accident, penalised, illegal_finance,
    complaint_verified, operates_on_site, stopped_on, domicile_reachable, farmers_take_part,
    manager_willing, conclusion, measures, rectify_by, rectified_on,
    content_hash, file_name, sheet, row_number, snapshot_date, received_order, county_code, scope, entity_key,
    event_date, is_stray, is_superseded, is_filled_form, drift,
    delivered_on, delivery_state, kept_from_older
from counted

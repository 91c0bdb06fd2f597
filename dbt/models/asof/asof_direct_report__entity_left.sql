-- 新农直报主体: entities that the chosen delivery no longer lists, in their last version.
{{ config(materialized='view') }}

with counted as (
    {{ left_rows('direct_report', 'entity', codes=['credit_code', 'farm_code']) }}
)

select
    entity_type, name, credit_code, farm_code, principal, phone, county_name, certification_state,
    registered_on, members, farmer_members, contribution, returned, return_ratio, fixed_assets_net,
    annual_income, fiscal_support, has_member_accounts, updated_on, subsidy_flag, subsidy_year,
    content_hash, file_name, sheet, row_number, snapshot_date, received_order, county_code, scope, entity_key,
    event_date, is_stray, is_superseded, is_filled_form, drift,
    delivered_on, delivery_state, left_on
from counted

-- 政府购买服务合同: entities that the chosen delivery no longer lists, in their last version.
{{ config(materialized='view') }}

with counted as (
    {{ left_rows('programme', 'service_contract') }}
)

select
    contract_no, county_name, provider, service_area, starts_on, ends_on, amount, trainings, door_visits,
    satisfaction, evaluated_score,
    content_hash, file_name, sheet, row_number, snapshot_date, received_order, county_code, scope, entity_key,
    event_date, is_stray, is_superseded, is_filled_form, drift,
    delivered_on, delivery_state, left_on
from counted

-- 服务对象清单: entities that the chosen delivery no longer lists, in their last version.
{{ config(materialized='view') }}

with counted as (
    {{ left_rows('programme', 'service_client') }}
)

select
    contract_no, entity_type, name, credit_code, farm_code, proxy_bookkeeping, accounts_sound, satisfaction,
    content_hash, file_name, sheet, row_number, snapshot_date, received_order, county_code, scope, entity_key,
    event_date, is_stray, is_superseded, is_filled_form, drift,
    delivered_on, delivery_state, left_on
from counted

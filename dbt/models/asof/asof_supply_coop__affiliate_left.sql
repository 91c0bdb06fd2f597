-- 领办参办及会员名册: entities that the chosen delivery no longer lists, in their last version.
{{ config(materialized='view') }}

with counted as (
    {{ left_rows('supply_coop', 'affiliate', codes=['credit_code']) }}
)

select
    credit_code, name, county_name, mode, affiliated_on, released_on, is_member, joined_on,
    member_households, is_guided,
    content_hash, file_name, sheet, row_number, snapshot_date, received_order, county_code, scope, entity_key,
    event_date, is_stray, is_superseded, is_filled_form, drift,
    delivered_on, delivery_state, left_on
from counted

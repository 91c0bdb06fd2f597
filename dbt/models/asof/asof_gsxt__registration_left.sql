-- 登记信息: entities that the chosen delivery no longer lists, in their last version.
with counted as (
    {{ left_rows('gsxt', 'registration', codes=['credit_code']) }}
)

select
    credit_code, registration_no, name, kind, legal_representative, capital, founded_on, authority,
    approved_on, status, status_raw, domicile, business_scope, ended_on, suspended_from, suspended_until,
    province_name, prefecture_name, county_name,
    content_hash, file_name, sheet, row_number, snapshot_date, received_order, county_code, scope, entity_key,
    event_date, is_stray, is_superseded, is_filled_form, drift,
    delivered_on, delivery_state, left_on
from counted

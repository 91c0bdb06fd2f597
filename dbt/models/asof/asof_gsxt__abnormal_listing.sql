-- 经营异常名录: the rows that count in the month.
with counted as (
    {{ open_list_rows('gsxt', 'abnormal_listing') }}
)

select
    credit_code, name, reason, reason_raw, listed_on, listed_by, removal_reason, removed_on, removed_by,
    content_hash, file_name, sheet, row_number, snapshot_date, received_order, county_code, scope, entity_key,
    event_date, is_stray, is_superseded, is_filled_form, drift,
    delivered_on, delivery_state, kept_from_older, listing_state
from counted

-- 主体认定: the rows that count in the month.
with counted as (
    {{ version_rows('office', 'entity_link') }}
)

select
    left_system, left_key, right_system, right_key, decision, decided_by, decided_on,
    content_hash, file_name, sheet, row_number, snapshot_date, received_order, county_code, scope, entity_key,
    event_date, is_stray, is_superseded, is_filled_form, drift,
    delivered_on, delivery_state, kept_from_older
from counted

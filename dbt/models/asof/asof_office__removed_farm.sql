-- 清理移出登记: the rows that count in the month.
with counted as (
    {{ version_rows('office', 'removed_farm') }}
)

select
    farm_code, name, county_name, removed_on, reason, decided_by,
    content_hash, file_name, sheet, row_number, snapshot_date, received_order, county_code, scope, entity_key,
    event_date, is_stray, is_superseded, is_filled_form, drift,
    delivered_on, delivery_state, kept_from_older
from counted

-- 星级评定结果: the rows that count in the month.
with counted as (
    {{ event_rows('supply_coop', 'star_result', scope_by='county') }}
)

select
    year, credit_code, name, stars, rated_by, rated_on,
    content_hash, file_name, sheet, row_number, snapshot_date, received_order, county_code, scope, entity_key,
    event_date, is_stray, is_superseded, is_filled_form, drift,
    delivered_on, delivery_state, kept_from_older
from counted

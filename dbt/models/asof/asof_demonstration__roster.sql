-- 示范名录: the rows that count in the month.
with counted as (
    {{ snapshot_rows('demonstration', 'roster') }}
)

select
    title, entity_type, name, credit_code, farm_code, county_name, level, recognised_on, document_no,
    monitoring, withdrawn_on,
    content_hash, file_name, sheet, row_number, snapshot_date, received_order, county_code, scope, entity_key,
    event_date, is_stray, is_superseded, is_filled_form, drift,
    delivered_on, delivery_state, kept_from_older
from counted

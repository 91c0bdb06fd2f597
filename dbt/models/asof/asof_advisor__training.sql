-- 岗位培训记录: the rows that count in the month.
with counted as (
    {{ version_rows('advisor', 'training') }}
)

select
    certificate_no, trained_on, kind, hours, organiser,
    content_hash, file_name, sheet, row_number, snapshot_date, received_order, county_code, scope, entity_key,
    event_date, is_stray, is_superseded, is_filled_form, drift,
    delivered_on, delivery_state, kept_from_older
from counted

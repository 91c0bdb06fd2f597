-- 空壳社核查办理: the rows that count in the month.
with counted as (
    {{ version_rows('office', 'shell_case') }}
)

select
    credit_code, step, done_on, note, decided_by,
    content_hash, file_name, sheet, row_number, snapshot_date, received_order, county_code, scope, entity_key,
    event_date, is_stray, is_superseded, is_filled_form, drift,
    delivered_on, delivery_state, kept_from_older
from counted

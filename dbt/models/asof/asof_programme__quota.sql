-- 培育壮大农牧民合作社、家庭农牧场任务分配表: the rows that count in the month.
with counted as (
    {{ event_rows('programme', 'quota', scope_by='prefecture') }}
)

select
    year, county_name, coops, farms, remark,
    content_hash, file_name, sheet, row_number, snapshot_date, received_order, county_code, scope, entity_key,
    event_date, is_stray, is_superseded, is_filled_form, drift,
    delivered_on, delivery_state, kept_from_older
from counted

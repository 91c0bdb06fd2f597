-- 辅导员名录库: the rows that count in the month.
with counted as (
    {{ snapshot_rows('advisor', 'directory', codes=['certificate_no']) }}
)

select
    certificate_no, advisor_name, gender, born_on, identity_hash, identity_state, phone, employer, job_title,
    origin, advice_kinds, expertise, industry, work_mode, appointing_body, appointing_level, county_name,
    township_name, appointed_on, term_ends_on, directory_state, moved_out_on,
    content_hash, file_name, sheet, row_number, snapshot_date, received_order, county_code, scope, entity_key,
    event_date, is_stray, is_superseded, is_filled_form, drift,
    delivered_on, delivery_state, kept_from_older
from counted

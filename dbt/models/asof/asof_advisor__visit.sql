-- 辅导服务工作记录: the rows that count in the month.
with counted as (
    {{ version_rows('advisor', 'visit') }}
)

select
    certificate_no, advisor_name, served_on, mode, entity_type, entity_name, credit_code, farm_code,
    county_name, topic, content, effect, signed,
    content_hash, file_name, sheet, row_number, snapshot_date, received_order, county_code, scope, entity_key,
    event_date, is_stray, is_superseded, is_filled_form, drift,
    delivered_on, delivery_state, kept_from_older
from counted

-- 全市打造“主阵地”三年行动计划(2023-2025)任务进度表: the rows that count in the month.
with counted as (
    {{ version_rows('supply_coop', 'target') }}
)

select
    county_name, year, indicator, target, is_city_wide,
    content_hash, file_name, sheet, row_number, snapshot_date, received_order, county_code, scope, entity_key,
    event_date, is_stray, is_superseded, is_filled_form, drift,
    delivered_on, delivery_state, kept_from_older
from counted

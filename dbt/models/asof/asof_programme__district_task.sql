-- 区级项目任务台账: the rows that count in the month.
with counted as (
    {{ snapshot_rows('programme', 'district_task') }}
)

select
    year, county_name, reward_plan_filed_on, centre_plan_filed_on, platform_uploaded_on, midterm_on,
    accepted_on, self_evaluation_on, summary_on, funds_allotted, funds_arrived, funds_paid,
    service_centre_on,
    content_hash, file_name, sheet, row_number, snapshot_date, received_order, county_code, scope, entity_key,
    event_date, is_stray, is_superseded, is_filled_form, drift,
    delivered_on, delivery_state, kept_from_older
from counted

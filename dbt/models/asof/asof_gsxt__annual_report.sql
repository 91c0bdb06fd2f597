-- 年度报告: the rows that count in the month.
with counted as (
    {{ version_rows('gsxt', 'annual_report') }}
)

select
    credit_code, name, report_year, published_on, members, farmer_members, members_joined, members_left,
    employees, revenue, revenue_is_public, total_surplus, total_surplus_is_public, taxes, taxes_is_public,
    subsidies, subsidies_is_public, loans, loans_is_public,
    content_hash, file_name, sheet, row_number, snapshot_date, received_order, county_code, scope, entity_key,
    event_date, is_stray, is_superseded, is_filled_form, drift,
    delivered_on, delivery_state, kept_from_older
from counted

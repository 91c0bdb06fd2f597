-- 记账使用情况: the rows that count in the month.
with counted as (
    {{ version_rows('bookkeeping', 'usage') }}
)

select
    farm_code, name, month, income_records, expense_records, stock_records, income, expense,
    last_recorded_on,
    content_hash, file_name, sheet, row_number, snapshot_date, received_order, county_code, scope, entity_key,
    event_date, is_stray, is_superseded, is_filled_form, drift,
    delivered_on, delivery_state, kept_from_older
from counted

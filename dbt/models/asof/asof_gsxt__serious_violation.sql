-- 严重违法失信名单: the rows that count in the month.
with counted as (
    {{ open_list_rows('gsxt', 'serious_violation') }}
)

select
    credit_code, name, reason, listed_on, listed_by, removed_on,
    content_hash, file_name, sheet, row_number, snapshot_date, received_order, county_code, scope, entity_key,
    event_date, is_stray, is_superseded, is_filled_form, drift,
    delivered_on, delivery_state, kept_from_older, listing_state
from counted

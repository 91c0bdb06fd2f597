-- Deliveries that the screening held back; empty until it has run.

select table_id, unit, snapshot_date, county_code, expectations, rows
from {{ source('judged', 'blocked_delivery') }}

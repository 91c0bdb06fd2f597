-- What the screening found in the rows of the source tables.

select
    suite as table_id, table_name, title, expectation, says, severity, coalesce(county_code, '000000') as county_code,
    evaluated, failed, blocked, sample
from {{ source('judged', 'screened') }}

-- The books of the month (spec 5.3): a person closes it. `remark` is written when an earlier month is corrected later.

select
    status,
    edition,
    left(cast(previous_report_month as {{ dbt.type_string() }}), 7) as previous_edition,
    closed_by,
    closed_on,
    cast(null as {{ dbt.type_string() }}) as remark,
    as_of,
    scopes,
    receipts,
    software_version
from {{ ref('run_month') }}

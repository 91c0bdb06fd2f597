-- The books of the month; a person closes it later (spec 5.3).

select
    'open' as status,
    cast(null as {{ dbt.type_string() }}) as edition,
    left(cast(previous_report_month as {{ dbt.type_string() }}), 7) as previous_edition,
    cast(null as {{ dbt.type_string() }}) as closed_by,
    as_of,
    software_version
from {{ ref('run_month') }}

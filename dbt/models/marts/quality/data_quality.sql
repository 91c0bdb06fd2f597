-- Every expectation by county: of the source rows as they were screened, then of the tables computed from them.

with found as (
    select table_id, table_name, title, expectation, says, severity, county_code, evaluated, failed, blocked, sample
    from {{ ref('source_quality') }}
    union all
    select
        cast(null as {{ dbt.type_string() }}), table_name, title, expectation, says, severity,
        coalesce(county_code, '000000'), evaluated, failed, blocked, sample
    from {{ source('judged', 'expectation_county') }}
)

select
    table_name, expectation, county_code, table_id, title, says, severity, evaluated, failed,
    {{ ratio('failed', 'evaluated') }} as failed_share, blocked, sample
from found

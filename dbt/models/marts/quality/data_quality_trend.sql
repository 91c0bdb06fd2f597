-- Failures by table and county in every published month up to this one (form 17).

select report_month, table_name, county_code, evaluated, failed
from {{ source('previous', 'data_quality') }}
union all
select
    run.report_month, quality.table_name, quality.county_code,
    cast(sum(quality.evaluated) as bigint), cast(sum(quality.failed) as bigint)
from {{ ref('data_quality') }} as quality
cross join {{ ref('run_month') }} as run
group by run.report_month, quality.table_name, quality.county_code

-- How old the newest delivery of each county and table is at the end of the month, against its due day (spec 3.2).

with run as (
    select as_of from {{ ref('run_month') }}
),

due as (
    select source_table.table_id, policy.region_code, policy.region_level, cast(policy.value as int) as due_days
    from {{ ref('source_table') }} as source_table
    join {{ ref('region_policy') }} as policy
        on policy.id = 'due_days_' || replace(source_table.table_id, '.', '_')
),

expected as (
    select distinct
        source_table.table_id, source_table.expected_level as region_level,
        case source_table.expected_level when 'county' then county.county_code else county.prefecture_code end
            as region_code
    from {{ ref('county_in_view') }} as county
    cross join {{ ref('source_table') }} as source_table
    where county.is_configured and source_table.expected_level <> 'none'
),

-- A file for counties speaks for their prefecture, and one of the prefecture for each of them.
newest as (
    select batch.table_id, batch.county_code as region_code, max(batch.snapshot_date) as newest_on
    from {{ ref('delivery_batch') }} as batch
    group by batch.table_id, batch.county_code
    union all
    select batch.table_id, ancestor.ancestor_code, max(batch.snapshot_date)
    from {{ ref('delivery_batch') }} as batch
    join {{ ref('region_ancestor') }} as ancestor
        on batch.county_code = ancestor.region_code and ancestor.region_level = 'county'
        and ancestor.ancestor_level = 'prefecture' and ancestor.ancestor_code <> batch.county_code
    group by batch.table_id, ancestor.ancestor_code
),

known as (
    select table_id, region_code, max(newest_on) as newest_on
    from newest
    group by table_id, region_code
)

select
    expected.table_id, expected.region_code, known.newest_on, due.due_days,
    {{ add_days('known.newest_on', 'due.due_days') }} as due_on,
    case
        when known.newest_on > run.as_of then cast(0 as bigint)
        else cast({{ days_between('known.newest_on', 'run.as_of') }} as bigint)
    end as age_days,
    known.newest_on is null or {{ add_days('known.newest_on', 'due.due_days') }} < run.as_of as is_overdue
from expected
cross join run
left join known on expected.table_id = known.table_id and expected.region_code = known.region_code
left join due
    on expected.table_id = due.table_id and expected.region_code = due.region_code
    and expected.region_level = due.region_level

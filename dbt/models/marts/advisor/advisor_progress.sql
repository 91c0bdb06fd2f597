-- The advisors of a county by township (form 15): head-count, door visits of the newest quarter, training, and the entities of
-- advisor_reach. A row with is_total is the county's sum; an advisor without a township stands in the row without one.
{% set head = ['advisors', 'below_minimum', 'reached', 'in_progress', 'pre_trained', 'pre_missed', 'in_service',
    'training_unknown', 'door_visits'] %}
{% set reach = ['coops_served', 'farms_served', 'coops', 'coops_advised', 'farms', 'farms_advised'] %}

with run as (
    select cast(report_year as int) as report_year from {{ ref('run_month') }}
),

newest as (
    select max(quarter) as quarter from {{ ref('advisor_quarter') }}
),

counted as (
    select
        advisor.county_code, coalesce(advisor.township_name, '') as township_name,
        count(*) filter (where advisor.in_office) as advisors,
        count(*) filter (where advisor.in_office and worked.entities_served < worked.entities_minimum) as below_minimum,
        count(*) filter (where advisor.in_office and quarter.status = '达标') as reached,
        count(*) filter (where advisor.in_office and quarter.status = '进行中') as in_progress,
        count(*) filter (where advisor.in_office and year(training.pre_trained_on) = run.report_year) as pre_trained,
        count(*) filter (where advisor.in_office and training.pre_service_training = '问题') as pre_missed,
        count(*) filter (where advisor.in_office and training.in_service_trained) as in_service,
        count(*) filter (where advisor.in_office and training.in_service_trained is null) as training_unknown,
        coalesce(sum(quarter.door_visits), 0) as door_visits
    from {{ ref('advisor') }} as advisor
    cross join run
    cross join newest
    left join {{ ref('advisor_year') }} as worked
        on advisor.advisor_key = worked.advisor_key and worked.year = run.report_year
    left join {{ ref('advisor_quarter') }} as quarter
        on advisor.advisor_key = quarter.advisor_key and quarter.quarter = newest.quarter
    left join {{ ref('advisor_training') }} as training on advisor.advisor_key = training.advisor_key
    group by advisor.county_code, coalesce(advisor.township_name, '')
),

target as (
    select
        township.parent_code as county_code, aimed.region_name as township_name, aimed.target, aimed.status,
        aimed.above_upper_limit
    from {{ ref('advisor_target') }} as aimed
    join {{ ref('admin_division') }} as township
        on aimed.region_code = township.code and township.level = 'township' and township.valid_to is null
    where aimed.region_level = 'township'
),

listed as (
    select county_code, township_name from counted
    union
    select county_code, township_name from {{ ref('advisor_reach') }}
    union
    select county_code, township_name from target
),

township as (
    select
        listed.county_code, listed.township_name, target.target, target.status,
        coalesce(target.above_upper_limit, false) as above_upper_limit
        {%- for name in head %},
        coalesce(counted.{{ name }}, 0) as {{ name }}
        {%- endfor %}
        {%- for name in reach %},
        coalesce(reach.{{ name }}, 0) as {{ name }}
        {%- endfor %}
    from listed
    left join counted on listed.county_code = counted.county_code and listed.township_name = counted.township_name
    left join {{ ref('advisor_reach') }} as reach
        on listed.county_code = reach.county_code and listed.township_name = reach.township_name
    left join target on listed.county_code = target.county_code and listed.township_name = target.township_name
),

summed as (
    select
        county_code
        {%- for name in head + reach %},
        sum({{ name }}) as {{ name }}
        {%- endfor %}
    from township
    group by county_code
),

both_levels as (
    select county_code, township_name, false as is_total, target, status, above_upper_limit, {{ (head + reach) | join(', ') }}
    from township
    union all
    select summed.county_code, '', true, aimed.target, aimed.status, false, summed.{{ (head + reach) | join(', summed.') }}
    from summed
    left join {{ ref('advisor_target') }} as aimed
        on summed.county_code = aimed.region_code and aimed.region_level = 'county' and aimed.target_id = 'advisors'
),

known as (
    select
        county_code, max(minimum) as entities_minimum, coalesce(bool_or(has_standard), false) as has_standard,
        coalesce(bool_or(has_visits), false) as has_visits
    from (
        select county_code, entities_minimum as minimum, false as has_standard, false as has_visits
        from {{ ref('advisor_year') }}
        union all
        select county_code, null, visits_minimum is not null, false from {{ ref('advisor_quarter') }}
        union all
        select county_code, null, false, true from {{ ref('county_delivery') }} where table_id = 'advisor.visit' and is_complete
    ) as said
    where county_code in (select county_code from {{ ref('advisor') }})
    group by county_code
)

select
    both_levels.county_code, both_levels.township_name, both_levels.is_total, newest.quarter, both_levels.target,
    both_levels.status, both_levels.above_upper_limit, cast(both_levels.advisors as bigint) as advisors, known.entities_minimum
    {%- for name in ['coops_served', 'farms_served', 'door_visits', 'coops_advised', 'farms_advised'] %},
    cast(case when known.has_visits then both_levels.{{ name }} end as bigint) as {{ name }}
    {%- endfor %},
    cast(case when known.has_visits and known.entities_minimum is not null then both_levels.below_minimum end as bigint)
        as below_minimum
    {%- for name in ['reached', 'in_progress'] %},
    cast(case when known.has_visits and known.has_standard then both_levels.{{ name }} end as bigint) as {{ name }}
    {%- endfor %}
    {%- for name in ['pre_trained', 'pre_missed', 'in_service'] %},
    cast(case when both_levels.advisors = 0 or both_levels.training_unknown < both_levels.advisors then both_levels.{{ name }} end
        as bigint) as {{ name }}
    {%- endfor %}
    {%- for name in ['training_unknown', 'coops', 'farms'] %},
    cast(both_levels.{{ name }} as bigint) as {{ name }}
    {%- endfor %}
from both_levels
cross join newest
join known on both_levels.county_code = known.county_code

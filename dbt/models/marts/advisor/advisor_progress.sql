-- The advisors of a county by township (form 15): head-count, entities served and door visits of the report year, training,
-- and the entities of the township that were advised. A row with is_total is the county's sum. An entity served from several
-- townships counts once, where it was served last; an advisor or entity without a township stands in the row without one.

{% set head = ['advisors', 'below_minimum', 'reached', 'in_progress', 'pre_trained', 'pre_missed', 'in_service',
    'training_unknown'] %}
{% set sums = head + ['coops_served', 'farms_served', 'door_visits', 'coops', 'coops_advised', 'farms', 'farms_advised'] %}

with run as (
    select as_of, cast(report_year as int) as report_year from {{ ref('run_month') }}
),

newest as (
    select max(quarter) as quarter from {{ ref('advisor_quarter') }}
),

delivered as (
    select county_code
    from {{ ref('county_delivery') }}
    where table_id = 'advisor.visit' and is_complete
    group by county_code
),

counted as (
    select
        advisor.county_code, advisor.township_name,
        count(*) filter (where advisor.in_office) as advisors,
        count(*) filter (where advisor.in_office and worked.entities_served < worked.entities_minimum) as below_minimum,
        count(*) filter (where advisor.in_office and quarter.status = '达标') as reached,
        count(*) filter (where advisor.in_office and quarter.status = '进行中') as in_progress,
        count(*) filter (where advisor.in_office and year(training.pre_trained_on) = run.report_year) as pre_trained,
        count(*) filter (where advisor.in_office and training.pre_service_training = '问题') as pre_missed,
        count(*) filter (where advisor.in_office and training.in_service_trained) as in_service,
        count(*) filter (where advisor.in_office and training.in_service_trained is null) as training_unknown,
        sum(quarter.door_visits) as door_visits
    from {{ ref('advisor') }} as advisor
    cross join run
    cross join newest
    left join {{ ref('advisor_year') }} as worked
        on advisor.advisor_key = worked.advisor_key and worked.year = run.report_year
    left join {{ ref('advisor_quarter') }} as quarter
        on advisor.advisor_key = quarter.advisor_key and quarter.quarter = newest.quarter
    left join {{ ref('advisor_training') }} as training on advisor.advisor_key = training.advisor_key
    group by advisor.county_code, advisor.township_name
),

visited as (
    select
        advisor.county_code, advisor.township_name, service.entity_type,
        row_number() over (
            partition by advisor.county_code, service.entity_type, service.entity
            order by service.served_on desc, advisor.advisor_key
        ) as place
    from {{ ref('advisor_service') }} as service
    join {{ ref('advisor') }} as advisor on service.advisor_key = advisor.advisor_key
    cross join run
    where year(service.served_on) = run.report_year and service.entity is not null
),

served as (
    select
        county_code, township_name,
        count(*) filter (where entity_type = '农民合作社') as coops_served,
        count(*) filter (where entity_type = '家庭农场') as farms_served
    from visited
    where place = 1
    group by county_code, township_name
),

entity as (
    select coop.county_code, township.name as township_name, 1 as coops, 0 as farms,
        case when coop.is_advised then 1 else 0 end as coops_advised, 0 as farms_advised
    from {{ ref('coverage_coop') }} as coop
    join {{ ref('cooperative') }} as register on coop.key = register.key
    left join {{ ref('admin_division') }} as township
        on register.township_code = township.code and township.level = 'township' and township.valid_to is null
    union all
    select farm.county_code, directory.township_name, 0, 1, 0, case when farm.is_advised then 1 else 0 end
    from {{ ref('coverage_farm') }} as farm
    join {{ ref('family_farm') }} as directory on farm.key = directory.key
),

reachable as (
    select
        county_code, township_name, sum(coops) as coops, sum(coops_advised) as coops_advised, sum(farms) as farms,
        sum(farms_advised) as farms_advised
    from entity
    group by county_code, township_name
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
    select county_code, coalesce(township_name, '') as township_name from counted
    union
    select county_code, coalesce(township_name, '') from served
    union
    select county_code, coalesce(township_name, '') from reachable
    union
    select county_code, township_name from target
),

township as (
    select
        listed.county_code, nullif(listed.township_name, '') as township_name, target.target, target.status,
        coalesce(target.above_upper_limit, false) as above_upper_limit,
        {%- for name in head %}
        coalesce(counted.{{ name }}, 0) as {{ name }},
        {%- endfor %}
        counted.door_visits,
        coalesce(served.coops_served, 0) as coops_served, coalesce(served.farms_served, 0) as farms_served,
        {%- for name in ['coops', 'coops_advised', 'farms', 'farms_advised'] %}
        coalesce(reachable.{{ name }}, 0) as {{ name }}{{ ',' if not loop.last }}
        {%- endfor %}
    from listed
    left join counted
        on listed.county_code = counted.county_code and listed.township_name = coalesce(counted.township_name, '')
    left join served
        on listed.county_code = served.county_code and listed.township_name = coalesce(served.township_name, '')
    left join reachable
        on listed.county_code = reachable.county_code and listed.township_name = coalesce(reachable.township_name, '')
    left join target on listed.county_code = target.county_code and listed.township_name = target.township_name
),

both_levels as (
    select county_code, township_name, false as is_total, target, status, above_upper_limit,
        {{ sums | join(', ') }}
    from township
    union all
    select
        summed.county_code, null, true, aimed.target, aimed.status, false,
        {%- for name in sums %}
        summed.{{ name }}{{ ',' if not loop.last }}
        {%- endfor %}
    from (
        select
            county_code,
            {%- for name in sums %}
            sum({{ name }}) as {{ name }}{{ ',' if not loop.last }}
            {%- endfor %}
        from township
        group by county_code
    ) as summed
    left join {{ ref('advisor_target') }} as aimed
        on summed.county_code = aimed.region_code and aimed.region_level = 'county' and aimed.target_id = 'advisors'
),

judged as (
    select county_code, bool_or(visits_minimum is not null) as has_standard
    from {{ ref('advisor_quarter') }}
    group by county_code
),

known as (
    select
        county.county_code, policy.value as entities_minimum, delivered.county_code is not null as has_visits,
        coalesce(judged.has_standard, false) as has_standard
    from (select distinct county_code from {{ ref('advisor') }}) as county
    left join delivered on county.county_code = delivered.county_code
    left join judged on county.county_code = judged.county_code
    left join {{ ref('region_policy') }} as policy
        on county.county_code = policy.region_code and policy.region_level = 'county' and policy.id = 'advisor_entities_minimum'
)

select
    both_levels.county_code, coalesce(both_levels.township_name, '') as township_name, both_levels.is_total, newest.quarter,
    both_levels.target, both_levels.status, both_levels.above_upper_limit,
    cast(both_levels.advisors as bigint) as advisors, known.entities_minimum,
    {%- for name in ['coops_served', 'farms_served', 'door_visits', 'coops_advised', 'farms_advised'] %}
    cast(case when known.has_visits then coalesce(both_levels.{{ name }}, 0) end as bigint) as {{ name }},
    {%- endfor %}
    cast(case when known.has_visits and known.entities_minimum is not null then both_levels.below_minimum end as bigint)
        as below_minimum,
    {%- for name in ['reached', 'in_progress'] %}
    cast(case when known.has_visits and known.has_standard then both_levels.{{ name }} end as bigint) as {{ name }},
    {%- endfor %}
    {%- for name in ['pre_trained', 'pre_missed', 'in_service'] %}
    cast(case when both_levels.advisors = 0 or both_levels.training_unknown < both_levels.advisors then both_levels.{{ name }} end
        as bigint) as {{ name }},
    {%- endfor %}
    cast(both_levels.training_unknown as bigint) as training_unknown,
    cast(both_levels.coops as bigint) as coops, cast(both_levels.farms as bigint) as farms
from both_levels
cross join newest
join known on both_levels.county_code = known.county_code

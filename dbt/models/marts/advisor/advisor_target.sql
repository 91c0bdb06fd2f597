-- Head-count and served entities against targets (spec 2.5), by region and target; the policy row's last day is the due day.
-- A county without a directory is in no sum; below the target before the due day is 进行中.

with run as (
    select as_of, report_year from {{ ref('run_month') }}
),

delivered as (
    select
        county_code, bool_or(table_id = 'advisor.directory') as has_directory, bool_or(table_id = 'advisor.visit') as has_visits
    from {{ ref('county_delivery') }}
    where is_complete
    group by county_code
),

county_actual as (
    select
        county.county_code, county.is_remainder, coalesce(delivered.has_directory, false) as has_data,
        count(advisor.advisor_key) as advisors
    from {{ ref('county_in_view') }} as county
    left join delivered on county.county_code = delivered.county_code
    left join {{ ref('advisor') }} as advisor on county.county_code = advisor.county_code and advisor.in_office
    where not county.is_remainder or delivered.has_directory
    group by county.county_code, county.is_remainder, delivered.has_directory
),

served as (
    select advisor.county_code, service.entity
    from {{ ref('advisor_service') }} as service
    join {{ ref('advisor') }} as advisor on service.advisor_key = advisor.advisor_key
    cross join run
    where year(service.served_on) = run.report_year
    group by advisor.county_code, service.entity
),

visit_county as (
    select county_code from delivered where has_visits
),

head_count as (
    select
        ancestor.ancestor_code as region_code, ancestor.ancestor_level as region_level, 'advisors' as target_id,
        cast(sum(part.advisors) filter (where part.has_data) as bigint) as actual,
        count(*) filter (where not part.is_remainder or ancestor.distance = 0) as counties,
        count(*) filter (where not part.has_data) as counties_missing,
        'advisor_' || ancestor.ancestor_level || '_target' as policy_id
    from county_actual as part
    join {{ ref('region_ancestor') }} as ancestor
        on part.county_code = ancestor.region_code and ancestor.region_level = 'county'
    group by ancestor.ancestor_code, ancestor.ancestor_level

    union all
    select
        ancestor.ancestor_code, 'province', 'entities_served',
        case when count(visit_county.county_code) > 0 then count(distinct served.entity) end,
        count(distinct county.county_code), count(distinct case when visit_county.county_code is null then county.county_code end),
        'advisor_entities_target'
    from {{ ref('county_in_view') }} as county
    join {{ ref('region_ancestor') }} as ancestor
        on county.county_code = ancestor.region_code and ancestor.region_level = 'county'
        and ancestor.ancestor_level = 'province'
    left join visit_county on county.county_code = visit_county.county_code
    left join served on county.county_code = served.county_code
    where not county.is_remainder or visit_county.county_code is not null
    group by ancestor.ancestor_code
),

aimed as (
    select
        head_count.region_code, head_count.region_level, region.region_name, head_count.target_id, head_count.actual,
        head_count.counties, head_count.counties_missing, policy.value as target, policy.effective_to as due_on,
        policy.basis, cast(null as decimal(18, 6)) as upper_limit
    from head_count
    join {{ ref('region') }} as region
        on head_count.region_code = region.region_code and head_count.region_level = region.region_level
    left join {{ ref('region_policy') }} as policy
        on head_count.policy_id = policy.id and head_count.region_code = policy.region_code
        and head_count.region_level = policy.region_level

    union all
    select
        township.code, 'township', township.name, 'advisors',
        case when part.has_data then count(advisor.advisor_key) end,
        cast(1 as bigint), case when part.has_data then cast(0 as bigint) else cast(1 as bigint) end,
        policy.value, policy.effective_to, policy.basis, upper_policy.value
    from county_actual as part
    join {{ ref('region_policy') }} as policy
        on policy.id = 'advisor_township_target' and part.county_code = policy.region_code
        and policy.region_level = 'county'
    join {{ ref('admin_division') }} as township
        on part.county_code = township.parent_code and township.level = 'township' and township.valid_to is null
    left join {{ ref('region_policy') }} as upper_policy
        on upper_policy.id = 'advisor_township_upper' and part.county_code = upper_policy.region_code
        and upper_policy.region_level = 'county'
    left join {{ ref('advisor') }} as advisor
        on part.county_code = advisor.county_code and township.name = advisor.township_name and advisor.in_office
    group by township.code, township.name, part.has_data, policy.value, policy.effective_to, policy.basis, upper_policy.value
)

select
    region_code, region_level, region_name, target_id, target, actual,
    case
        when target is null then '无目标'
        when actual is null then '数据缺失'
        when actual >= target then '达标'
        when run.as_of < due_on then '进行中'
        when counties_missing > 0 then '数据缺失'
        else '未达标'
    end as status,
    coalesce(actual > upper_limit, false) as above_upper_limit, due_on, counties, counties_missing, basis
from aimed
cross join run

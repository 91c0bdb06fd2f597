-- Shares by which data score items of 附件5 and 附件6 (rulings 6.2.11), one row a year, county, form and fact: numerator of
-- denominator. A row only where every table that it reads was delivered; unknown facts count as not fulfilled.

with run as (
    select report_year from {{ ref('run_month') }}
),

source as (
    select
        county_code,
        bool_or(table_id = 'direct_report.entity') as has_direct_report,
        bool_or(table_id = 'gsxt.abnormal_listing') as has_listing,
        bool_or(table_id = 'bookkeeping.usage') as has_bookkeeping,
        bool_or(table_id = 'advisor.directory') as has_advisors
    from {{ ref('county_delivery') }}
    group by county_code
),

-- Cooperatives that are supported by an award or served under a contract, each once (附件5 item 13): those of
-- client_direct_report_rate; who was served in an earlier year is not known any more.
each_supported as (
    select run.report_year as year, support.county_code, support.is_in_direct as is_listed
    from {{ ref('coverage_support') }} as support
    cross join run
    union all
    select fact.year, fact.county_code, fact.is_listed
    from {{ ref('subsidised_fact') }} as fact
    cross join run
    where fact.entity_type = '农民合作社' and fact.year <> run.report_year
),

-- Targets that speak for a county: its own, its townships' and those of the regions around it (千员带万社 is the
-- province's). Only what is decided counts: 进行中 is not failed, and a sum with counties missing decides nothing.
advisor_aim as (
    select place.region_code as county_code, aim.status
    from {{ ref('advisor_target') }} as aim
    join {{ ref('region_ancestor') }} as place
        on aim.region_code = place.ancestor_code and aim.region_level = place.ancestor_level and place.region_level = 'county'
    union all
    select township.parent_code, aim.status
    from {{ ref('advisor_target') }} as aim
    join {{ ref('admin_division') }} as township
        on aim.region_code = township.code and aim.region_level = township.level and township.valid_to is null
    where aim.region_level = 'township'
),

counted as (
    select
        fact.year, fact.county_code, '附件5' as form, 'funds_in_order' as fact,
        count(*) filter (where fact.funds_in_order and task.funds_arrived >= task.funds_allotted) as numerator,
        count(*) as denominator, count(*) filter (where task.funds_arrived is null or task.funds_allotted is null) as unknown
    from {{ ref('subsidised_fact') }} as fact
    join {{ ref('asof_programme__district_task') }} as task
        on fact.county_code = task.county_code and fact.year = task.year
    where fact.entity_type = '农民合作社'
    group by fact.year, fact.county_code
    union all
    select year, county_code, '附件5', 'books_in_order', count(*) filter (where books_in_order), count(*),
        count(*) filter (where books_in_order is null)
    from {{ ref('subsidised_fact') }}
    where entity_type = '农民合作社'
    group by year, county_code
    union all
    select each_supported.year, each_supported.county_code, '附件5', 'in_direct_report',
        count(*) filter (where each_supported.is_listed), count(*), 0
    from each_supported
    join source on each_supported.county_code = source.county_code and source.has_direct_report
    group by each_supported.year, each_supported.county_code
    union all
    select fact.year, fact.county_code, '附件5', 'returns_lawful', count(*) filter (where fact.returns_lawful), count(*),
        count(*) filter (where fact.returns_lawful is null)
    from {{ ref('subsidised_fact') }} as fact
    join source on fact.county_code = source.county_code and source.has_listing
    where fact.entity_type = '农民合作社'
    group by fact.year, fact.county_code
    union all
    select year, county_code, case entity_type when '农民合作社' then '附件5' else '附件6' end, 'task_done',
        least(accepted, quota), quota, 0
    from {{ ref('quota_progress') }}
    where accepted is not null
    union all
    select year, county_code, '附件6', 'income_grown', count(*) filter (where income_grown), count(*),
        count(*) filter (where income_grown is null)
    from {{ ref('subsidised_fact') }}
    where entity_type = '家庭农场'
    group by year, county_code
    union all
    select fact.year, fact.county_code, '附件6', 'bookkeeping', count(*) filter (where fact.keeps_books), count(*), 0
    from {{ ref('subsidised_fact') }} as fact
    join source on fact.county_code = source.county_code and source.has_bookkeeping
    where fact.entity_type = '家庭农场'
    group by fact.year, fact.county_code
    union all
    select run.report_year, aim.county_code, '附件5', 'advisor_targets', count(*) filter (where aim.status = '达标'), count(*), 0
    from advisor_aim as aim
    cross join run
    join source on aim.county_code = source.county_code and source.has_advisors
    where aim.status in ('达标', '未达标')
    group by run.report_year, aim.county_code
    union all
    select run.report_year, region_code, '附件6', measure_id, cast(numerator as bigint), cast(denominator as bigint), unknown
    from {{ ref('coverage_measured') }}
    cross join run
    where region_level = 'county' and measure_id in ('farm_update_rate', 'farm_direct_report_rate')
    union all
    select run.report_year, coverage.region_code, '附件6', 'code_rate_reached',
        case when coverage.numerator >= {{ exact_product('coverage.denominator', 'policy.value') }} then 1 else 0 end, 1,
        coverage.unknown
    from {{ ref('coverage_measured') }} as coverage
    cross join run
    join {{ ref('region_policy') }} as policy
        on coverage.region_code = policy.region_code and policy.region_level = 'county'
        and policy.id = 'scorecard_code_rate_minimum'
    where coverage.region_level = 'county' and coverage.measure_id = 'farm_code_rate' and coverage.denominator > 0
)

select
    year, county_code, form, fact, cast(numerator as bigint) as numerator, cast(denominator as bigint) as denominator,
    cast(unknown as bigint) as unknown
from counted
where denominator > 0

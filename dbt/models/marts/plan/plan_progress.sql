-- Progress of the plan (spec 2.7, rulings 6.2.8). Rosters, ratings and demonstration lists are not received yet:
-- actual is unknown, not 0. The prefecture's targets are the sums of its counties, or cells that speak for it.

with run as (
    select report_year, report_month_number from {{ ref('run_month') }}
),

printed as (
    select
        region_code, region_level, prefecture_code, county_label, year, indicator,
        cast(target as decimal(18, 6)) as target, cast(1 as bigint) as counties, print_order
    from {{ ref('plan_target') }}
    where not is_city_wide
),

city as (
    select region_code, year, indicator, cast(target as decimal(18, 6)) as target, cast(null as bigint) as counties
    from {{ ref('plan_target') }}
    where is_city_wide

    union all
    select prefecture_code, year, indicator, cast(sum(target) as decimal(18, 6)), cast(count(*) as bigint)
    from printed
    group by prefecture_code, year, indicator

    -- targets of the text itself, due in the plan's last year
    union all
    select policy.region_code, year(policy.effective_to), replace(policy.id, '_target', ''), policy.value, cast(null as bigint)
    from {{ ref('policy_in_force') }} as policy
    where policy.id in (
        'member_households_target', 'led_share_county_target', 'led_share_province_target', 'led_share_nation_target'
    )
),

planned as (
    select region_code, region_level, county_label, year, indicator, target, counties, print_order from printed
    union all
    select region_code, 'prefecture', '全市', year, indicator, target, counties, cast(null as bigint) from city
),

paced as (
    select
        planned.region_code, planned.region_level, planned.county_label, planned.year, planned.indicator,
        planned.target, planned.counties, planned.print_order,
        lag(planned.target) over (
            partition by planned.region_code, planned.region_level, planned.indicator order by planned.year
        ) as previous_target,
        count(*) over (partition by planned.region_code, planned.region_level, planned.indicator) as years,
        row_number() over (
            partition by planned.region_code, planned.region_level, planned.indicator order by planned.year
        ) as year_no
    from planned
)

select
    paced.region_code, paced.region_level, paced.county_label, paced.year, paced.indicator,
    measure.name as indicator_name, measure.unit,
    paced.target,
    cast(null as decimal(18, 6)) as actual,
    cast(null as decimal(18, 6)) as trial,
    cast(null as decimal(18, 6)) as completion,
    case
        when paced.year < run.report_year then paced.target
        when paced.year = run.report_year and (paced.year_no > 1 or paced.years > 1)
            then {{ ratio(
                '(coalesce(paced.previous_target, 0) * 12'
                ~ ' + (paced.target - coalesce(paced.previous_target, 0)) * run.report_month_number)', '12'
            ) }}
    end as pace_target,
    cast(null as boolean) as on_pace,
    coalesce(paced.counties, in_plan.counties) as counties,
    coalesce(paced.counties, in_plan.counties) as counties_missing,
    coalesce(paced.print_order, in_plan.counties + 1) as print_order,
    case
        when paced.indicator like 'led_share%' then 'supply_coop.affiliate、demonstration.roster'
        when paced.indicator = 'led_coops' then 'supply_coop.affiliate'
        else 'supply_coop.affiliate、supply_coop.star_result'
    end as missing_tables
from paced
cross join run
left join {{ ref('measure') }} as measure on paced.indicator = measure.measure_id
left join (
    select prefecture_code, cast(count(distinct region_code) as bigint) as counties from printed group by prefecture_code
) as in_plan on paced.region_code = in_plan.prefecture_code

-- Progress of the plan (spec 2.7, rulings 6.2.8, 6.6.13). The prefecture's targets are the sums of its counties, or cells
-- that speak for it; what it reached is the sum over the counties whose lists were delivered. Unknown is not 0.

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
),

-- A prefecture sums what was delivered; what its own registrations (市本级) reached is in its sum alone.
reached as (
    select
        county_code as region_code, 'county' as region_level, indicator, numerator, denominator, trial, unknown, is_known,
        missing_tables, cast(case when is_known then 0 else 1 end as bigint) as counties_missing
    from {{ ref('plan_actual') }}
    union all
    select
        prefecture_code, 'prefecture', indicator,
        cast(sum(numerator) filter (where is_known) as bigint), cast(sum(denominator) filter (where is_known) as bigint),
        cast(sum(trial) filter (where is_known) as bigint), cast(sum(unknown) filter (where is_known) as bigint),
        bool_or(is_known),
        case when not bool_or(is_known) then max(missing_tables) end,
        cast(count(*) filter (where not is_known and is_planned) as bigint)
    from {{ ref('plan_actual') }}
    group by prefecture_code, indicator
),

aimed as (
    select
        paced.region_code, paced.region_level, paced.county_label, paced.year, paced.indicator, paced.target,
        case when reached.is_known then
            case
                when paced.indicator like 'led_share%' then {{ ratio('reached.numerator', 'reached.denominator') }}
                else cast(reached.numerator as decimal(18, 6))
            end
        end as actual,
        case when reached.is_known then reached.numerator end as numerator,
        case when reached.is_known then reached.denominator end as denominator,
        case when reached.is_known and paced.indicator not like 'led_share%' then cast(reached.trial as decimal(18, 6)) end as trial,
        case when reached.is_known then reached.unknown end as unknown,
        case
            when paced.year < run.report_year then paced.target
            when paced.year = run.report_year and (paced.year_no > 1 or paced.years > 1)
                then {{ ratio(
                    '(coalesce(paced.previous_target, 0) * 12'
                    ~ ' + (paced.target - coalesce(paced.previous_target, 0)) * run.report_month_number)', '12'
                ) }}
        end as pace_target,
        coalesce(paced.counties, in_plan.counties) as counties,
        coalesce(reached.counties_missing, paced.counties, in_plan.counties) as counties_missing,
        coalesce(paced.print_order, in_plan.counties + 1) as print_order,
        case when reached.indicator is null then 'supply_coop.affiliate' else reached.missing_tables end as missing_tables
    from paced
    cross join run
    left join reached
        on paced.region_code = reached.region_code and paced.region_level = reached.region_level
        and paced.indicator = reached.indicator
    left join (
        select prefecture_code, cast(count(distinct region_code) as bigint) as counties from printed group by prefecture_code
    ) as in_plan on paced.region_code = in_plan.prefecture_code
)

select
    aimed.region_code, aimed.region_level, aimed.county_label, aimed.year, aimed.indicator,
    measure.name as indicator_name, measure.unit,
    aimed.target, aimed.actual, aimed.trial, {{ exact_ratio('aimed.actual', 'aimed.target') }} as completion,
    aimed.pace_target, aimed.actual >= aimed.pace_target as on_pace, aimed.numerator, aimed.denominator, aimed.unknown,
    aimed.counties, aimed.counties_missing, aimed.print_order, aimed.missing_tables
from aimed
left join {{ ref('measure') }} as measure on aimed.indicator = measure.measure_id

-- The bulletin's trend (form 18): cooperatives by county in every closed month before this one, and in this one; `removed`
-- is of the year to date (abnormal_removal_rate). Null = the month's lists were not delivered.
{{ config(tags=['after_judgement']) }}

with month as (
    select report_month, county_code, status
    from {{ source('previous', 'closed_shell_status') }}
    union all
    select run.report_month, shell.county_code, shell.status
    from {{ ref('shell_status') }} as shell
    cross join {{ ref('run_month') }} as run
),

removed as (
    select report_month, region_code as county_code, numerator
    from {{ source('previous', 'closed_coverage') }}
    where region_level = 'county' and measure_id = 'abnormal_removal_rate'
    union all
    select run.report_month, coverage.region_code, coverage.numerator
    from {{ ref('coverage') }} as coverage
    cross join {{ ref('run_month') }} as run
    where coverage.region_level = 'county' and coverage.measure_id = 'abnormal_removal_rate'
)

select
    month.report_month, month.county_code,
    cast(count(*) filter (where month.status = '疑似空壳') as bigint) as suspected,
    cast(count(*) filter (where month.status = '确认') as bigint) as confirmed,
    cast(max(removed.numerator) as bigint) as removed
from month
left join removed on month.report_month = removed.report_month and month.county_code = removed.county_code
where month.county_code is not null
group by month.report_month, month.county_code

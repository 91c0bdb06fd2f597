-- 嘎查村产业发展月报 (spec 2.8): the villages that reported the month, and those that reported within the months of the
-- policy row but not this one: their figures are unknown.

with run as (
    select report_month from {{ ref('run_month') }}
),

policy as (
    {{ county_policies(['village_known_months', 'poor_village_fund']) }}
),

known as (
    select
        report.county_code, report.township_name, report.village_name, report.month, report.is_poor_village,
        report.enterprise, report.organisation, report.households, report.households_joined, report.poor_households,
        report.poor_households_linked, report.dividends, report.collective_income, report.fund_arrived,
        report.insured_due, report.insured, report.trained, report.content_hash, report.file_name, report.sheet,
        report.row_number, report.month = run.report_month as reported, policy.poor_village_fund,
        row_number() over (
            partition by report.county_code, report.township_name, report.village_name order by report.month desc
        ) as place
    from {{ ref('asof_village__monthly') }} as report
    cross join run
    left join policy on report.county_code = policy.policy_county
    where report.month <= run.report_month
        and (
            report.month = run.report_month
            or report.month > {{ add_months('run.report_month', '-policy.village_known_months') }}
        )
)

select
    county_code as banner_code,
    coalesce(township_name, '') as township,
    village_name as village,
    is_poor_village as poor_village,
    reported,
    month as last_month,
    case when reported then {{ names_in('enterprise') }} end as enterprises,
    case when reported then {{ names_in('organisation') }} end as organisations,
    case when reported then households end as households,
    case when reported then households_joined end as joined,
    case when reported then poor_households end as poor,
    case when reported then poor_households_linked end as linked,
    case when reported then dividends end as dividends,
    case when reported then collective_income end as collective_income,
    case when reported then fund_arrived end as fund_arrived,
    cast(case when is_poor_village then poor_village_fund end as decimal(18, 2)) as fund_due,
    case when reported and is_poor_village then fund_arrived >= poor_village_fund end as fund_reached,
    case when reported then insured_due end as insured_due,
    case when reported then insured end as insured,
    case when reported then trained end as trained,
    content_hash, file_name, sheet, row_number
from known
where place = 1

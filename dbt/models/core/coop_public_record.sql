-- What lists and reports say of each cooperative (rulings 6.2.3, 6.2.4, 6.6.7), 1 or 0, null = unknown: absence from a list
-- means no only where the county delivered it in this year, in full; a missing report only after its deadline.

with run as (
    select
        as_of, make_date(report_year, 1, 1) as year_start, cast(due_year as int) as due_year,
        last_day(make_date(cast(due_year + 1 as int), cast(due_month as int), 1)) as report_deadline
    from (
        select
            as_of, report_year, due_month,
            report_year - 1 - case when report_month_number <= due_month then 1 else 0 end as due_year
        from {{ ref('run_month') }}
        cross join (select {{ national_policy('star_report_due_month') }} as due_month) as policy
    ) as dated
),

report_counties as ({{ delivered_counties('gsxt.annual_report') }}),

listing_counties as ({{ delivered_counties('gsxt.abnormal_listing') }}),

violation_counties as ({{ delivered_counties('gsxt.serious_violation') }}),

report as (
    select report.credit_code, report.published_on
    from {{ ref('asof_gsxt__annual_report') }} as report
    join run on report.report_year = run.due_year
),

listing as (
    select
        listed.credit_code,
        bool_or(listed.listing_state = '在列') as is_listed,
        bool_or(listed.listing_state = '在列' or coalesce(listed.removed_on >= run.year_start, false)) as was_listed,
        bool_or(listed.listing_state = '未见于最新名录') as is_unseen
    from {{ ref('asof_gsxt__abnormal_listing') }} as listed
    cross join run
    group by listed.credit_code
),

violation as (
    select
        credit_code,
        bool_or(listing_state = '在列') as is_listed, bool_or(listing_state = '未见于最新名录') as is_unseen
    from {{ ref('asof_gsxt__serious_violation') }}
    group by credit_code
)

select
    coop.key as credit_code, run.due_year as report_year_due, run.report_deadline,
    coalesce(year(coop.founded_on) > run.due_year, false) as report_inapplicable,
    case
        when report.credit_code is not null then 1
        when report_counties.delivered_on > run.report_deadline then 0
    end as report_published,
    case
        when report.credit_code is not null then {{ yes_as_one('report.published_on <= run.report_deadline') }}
        when report_counties.delivered_on > run.report_deadline then 0
    end as report_on_time,
    case
        when listing.was_listed then 1
        when listing.is_unseen then null
        when listing_counties.delivered_on >= run.year_start then 0
    end as abnormal_in_year,
    case
        when listing.is_listed then 1
        when listing.is_unseen then null
        when listing_counties.delivered_on >= run.year_start then 0
    end as abnormal_listed,
    case
        when violation.is_listed then 1
        when violation.is_unseen then null
        when violation_counties.delivered_on >= run.year_start then 0
    end as serious_violation,
    report_counties.delivered_on as report_delivered_on,
    listing_counties.delivered_on as listing_delivered_on,
    violation_counties.delivered_on as violation_delivered_on
from {{ ref('cooperative') }} as coop
cross join run
left join report_counties on coop.county_code = report_counties.county_code
left join listing_counties on coop.county_code = listing_counties.county_code
left join violation_counties on coop.county_code = violation_counties.county_code
left join report on coop.key = report.credit_code
left join listing on coop.key = listing.credit_code
left join violation on coop.key = violation.credit_code

-- What public annual reports say to the shell rules, one row a cooperative in force: the newest one with members that is
-- not too old (K02, K03 without accounts), and how many due years in a row are missing (K06). A year counts as missing
-- only where it was due for the cooperative and the county delivered reports of it, the newest after its due day.

with run as (
    select run.as_of, due.year_due, due.due_on from {{ ref('run_month') }} as run
    cross join {{ ref('annual_report_year') }} as due
),

policy as (
    {{ county_policies(['accounts_age_months']) }}
),

report as (
    select
        report.credit_code, report.county_code, report.report_year, report.members, report.farmer_members,
        report.content_hash, report.file_name, report.sheet, report.row_number
    from {{ ref('asof_gsxt__annual_report') }} as report
),

counted as (
    select
        report.credit_code, report.report_year, report.members, report.farmer_members,
        report.content_hash, report.file_name, report.sheet, report.row_number,
        row_number() over (partition by report.credit_code order by report.report_year desc) as place
    from report
    join {{ ref('shell_subject') }} as coop on report.credit_code = coop.credit_code
    cross join run
    left join policy on coop.county_code = policy.policy_county
    where report.members is not null
        and make_date(report.report_year, 12, 31) >= {{ add_months('run.as_of', '-policy.accounts_age_months') }}
),

published as (
    select report.credit_code, max(report.report_year) as last_year
    from report
    cross join run
    where report.report_year <= run.year_due
    group by report.credit_code
),

-- years in a row, back from the newest due, of which the county delivered anything
county_year as (
    select
        years.county_code, years.report_year,
        row_number() over (partition by years.county_code order by years.report_year desc) as place
    from (select distinct county_code, report_year from report) as years
    cross join run
    where years.report_year <= run.year_due
),

county as (
    select delivery.county_code, count(*) as known_years
    from {{ ref('measure_delivery') }} as delivery
    cross join run
    join county_year
        on delivery.county_code = county_year.county_code
        and run.year_due - county_year.report_year + 1 = county_year.place
    where delivery.measure_id = 'shell_status' and delivery.part = 'K06' and delivery.is_delivered
    group by delivery.county_code
),

run_of_years as (
    select
        coop.credit_code, run.year_due, run.due_on, case when coop.has_code then coalesce(county.known_years, 0) else 0 end as known_years,
        -- reports and lists name credit codes: of a holder of an old number nothing is known
        -- up to the year in which it was founded, or the last one reported
        coalesce(run.year_due - published.last_year, run.year_due - year(coop.founded_on) + 1) as due_years,
        published.last_year
    from {{ ref('shell_subject') }} as coop
    cross join run
    left join published on coop.credit_code = published.credit_code
    left join county on coop.county_code = county.county_code
)

select
    years.credit_code, years.year_due, years.due_on, years.last_year,
    -- as many as are known; more of them may be missing where the county delivered no more
    cast(greatest(least(coalesce(years.due_years, years.known_years), years.known_years), 0) as bigint) as missing_years,
    coalesce(years.due_years > years.known_years, true) as may_be_more,
    counted.report_year, counted.members, counted.farmer_members,
    counted.content_hash, counted.file_name, counted.sheet, counted.row_number
from run_of_years as years
left join counted on years.credit_code = counted.credit_code and counted.place = 1

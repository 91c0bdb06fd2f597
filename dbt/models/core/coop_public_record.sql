-- What lists and reports say of each cooperative (rulings 6.2.3, 6.2.4, 6.6.7), 1 or 0, null = unknown: absence from a list
-- means no only where the county delivered it in this year, in full; a missing report only after its deadline.

with run as (
    select make_date(run.report_year, 1, 1) as year_start, due.year_due as due_year, due.due_on as report_deadline
    from {{ ref('run_month') }} as run
    cross join {{ ref('annual_report_year') }} as due
),

delivered as (
    select
        county_code,
        {%- for name, table_id in [('report', 'gsxt.annual_report'), ('listing', 'gsxt.abnormal_listing'),
                                   ('violation', 'gsxt.serious_violation')] %}
        max(case when table_id = '{{ table_id }}' then delivered_on end) as {{ name }}_on{% if not loop.last %},{% endif %}
        {%- endfor %}
    from {{ ref('county_delivery') }}
    where is_complete
    group by county_code
),

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
        when delivered.report_on > run.report_deadline then 0
    end as report_published,
    case
        when report.credit_code is not null then {{ yes_as_one('report.published_on <= run.report_deadline') }}
        when delivered.report_on > run.report_deadline then 0
    end as report_on_time,
    case
        when listing.was_listed then 1
        when listing.is_unseen then null
        when delivered.listing_on >= run.year_start then 0
    end as abnormal_in_year,
    case
        when listing.is_listed then 1
        when listing.is_unseen then null
        when delivered.listing_on >= run.year_start then 0
    end as abnormal_listed,
    case
        when violation.is_listed then 1
        when violation.is_unseen then null
        when delivered.violation_on >= run.year_start then 0
    end as serious_violation,
    delivered.report_on as report_delivered_on,
    delivered.listing_on as listing_delivered_on,
    delivered.violation_on as violation_delivered_on
from {{ ref('cooperative') }} as coop
cross join run
left join delivered on coop.county_code = delivered.county_code
left join report on coop.key = report.credit_code
left join listing on coop.key = listing.credit_code
left join violation on coop.key = violation.credit_code

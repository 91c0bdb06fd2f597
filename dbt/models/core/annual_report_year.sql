-- The newest year whose annual report is due: Y−1 once its window (1 January to 30 June) has closed, else Y−2 (办法).

with run as (
    select
        as_of, report_year, {{ national_policy('annual_report_due_month') }} as due_month
    from {{ ref('run_month') }}
),

last_year as (
    select
        as_of, report_year - 1 as year, make_date(report_year - 1, 12, 31) as ended_on, due_month
    from run
),

newest as (
    select
        case when as_of > {{ add_months('ended_on', 'due_month') }} then year else year - 1 end as year_due,
        due_month
    from last_year
)

select
    year_due, make_date(year_due, 12, 31) as year_end,
    {{ add_months('make_date(year_due, 12, 31)', 'due_month') }} as due_on
from newest

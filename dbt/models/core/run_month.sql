-- What the month is, one row. The clock is never read: everything follows from run_context.

with run as (
    select
        report_month, as_of, software_version, previous_report_month, scopes, status, edition, closed_by, closed_on, receipts
    from {{ source('run_context', 'run_context') }}
),

lag as (
    select {{ national_policy('fiscal_year_lag_months') }} as months
)

select
    run.report_month,
    run.as_of,
    year(run.as_of) as report_year,
    month(run.as_of) as report_month_number,
    -- the newest year whose 31 December lies at least `months` before as_of, counted in months
    cast({{ integer_divide(
        whole('year(run.as_of) * 12 + month(run.as_of) - 12 - lag.months'), whole('12')
    ) }} as int) as fiscal_year,
    run.software_version,
    run.previous_report_month,
    coalesce(run.scopes, '') as scopes,
    run.status,
    run.status = 'restated' as is_restatement,
    run.edition,
    run.closed_by,
    run.closed_on,
    run.receipts
from run
cross join lag

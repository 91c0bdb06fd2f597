-- Did a cooperative do business in a fiscal year (K05, K10)? One row a cooperative and year with any of the sources:
-- active (some income or member trade in any of them), idle (no income and no trade, both known) or unknown.

with told as (
    select
        credit_code, fiscal_year, cast(operating_income as decimal(18, 2)) as income,
        cast(null as boolean) as has_trade, false as knows_trade
    from {{ ref('asof_coop_finance__statement') }}
    union all
    select credit_code, report_year, cast(revenue as decimal(18, 2)), cast(null as boolean), false
    from {{ ref('asof_gsxt__annual_report') }}
    union all
    select credit_code, fiscal_year, cast(null as decimal(18, 2)), has_trade, trade_total is not null
    from {{ ref('account_summary') }}
)

select
    credit_code, fiscal_year,
    case
        when bool_or(coalesce(income > 0, false)) or bool_or(coalesce(has_trade, false)) then 'active'
        when count(income) > 0 and bool_or(knows_trade) then 'idle'
        else 'unknown'
    end as state
from told
group by credit_code, fiscal_year

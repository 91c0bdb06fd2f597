-- What data can tell of each entity recognised for support (附件5, 附件6), one row a year, county and entity; a fact is null
-- when unknown. Whoever has both kinds of support is one entity.

with run as (
    select run.report_month, run.as_of, due.year_due, due.due_on
    from {{ ref('run_month') }} as run
    cross join {{ ref('annual_report_year') }} as due
),

limits as (
    {{ county_policies(['award_inspection_months', 'scorecard_income_growth',
        'scorecard_bookkeeping_months', 'scorecard_bookkeeping_window']) }}
),

entity as (
    select
        award.year, award.county_code, award.entity_type, coalesce(award.credit_code, award.farm_code, award.plain_name) as entity_id,
        max(award.credit_code) as credit_code, max(award.farm_code) as farm_code,
        bool_and(coalesce(paid.outcome = '通过', true) and coalesce(cap.outcome = '通过', true)) as funds_in_order,
        bool_or(record.is_listed) as is_listed,
        max(case when award.previous_income > 0 then
            case when award.annual_income >= {{ exact_product('award.previous_income', '(1 + limits.scorecard_income_growth)') }}
                then 1 when award.annual_income is not null then 0 end
        end) = 1 as income_grown
    from {{ ref('award_in_view') }} as award
    join {{ ref('award_record') }} as record
        on award.award_key = record.award_key and award.county_code = record.county_code
    left join {{ ref('award_outcome') }} as paid
        on award.award_key = paid.award_key and award.county_code = paid.county_code and paid.check_id = 'paid'
    left join {{ ref('award_outcome') }} as cap
        on award.award_key = cap.award_key and award.county_code = cap.county_code and cap.check_id = 'amount_cap'
    left join limits on award.county_code = limits.policy_county
    where award.is_recognised
    group by award.year, award.county_code, award.entity_type, entity_id
),

inspected as (
    select
        inspection.credit_code, inspection.inspected_on, inspection.books_complete,
        row_number() over (
            partition by inspection.credit_code order by inspection.inspected_on desc, {{ later_received() }}
        ) as place
    from {{ ref('asof_inspection__coop') }} as inspection
),

booked as (
    select usage.farm_code, count(distinct usage.month) as months
    from {{ ref('asof_bookkeeping__usage') }} as usage
    join entity on usage.farm_code = entity.farm_code
    join limits on entity.county_code = limits.policy_county
    cross join run
    where usage.month <= run.report_month
        and usage.month > {{ add_months('run.report_month', '-limits.scorecard_bookkeeping_window') }}
        and coalesce(usage.income_records, 0) + coalesce(usage.expense_records, 0) + coalesce(usage.stock_records, 0) > 0
    group by usage.farm_code
)

select
    entity.year, entity.county_code, entity.entity_type, entity.entity_id, entity.credit_code, entity.farm_code,
    entity.funds_in_order, entity.is_listed, entity.income_grown,
    case
        when not inspected.books_complete or not coalesce(statement.statement_status = '通过', true)
            or not coalesce(report.published_on <= run.due_on, true) then false
        when inspected.books_complete and statement.statement_status = '通过' and report.published_on is not null then true
    end as books_in_order,
    case
        when listing.credit_code is not null then false
        when statement.return_status in ('达标', '无可分配盈余', '不适用-联合社') then true
        when statement.return_status in ('未达标', '勾稽不符') then false
    end as returns_lawful,
    coalesce(booked.months, 0) >= limits.scorecard_bookkeeping_months and entity.farm_code is not null as keeps_books
from entity
cross join run
join limits on entity.county_code = limits.policy_county
left join inspected
    on entity.credit_code = inspected.credit_code and inspected.place = 1
    and inspected.inspected_on >= {{ add_months('run.as_of', '-limits.award_inspection_months') }}
left join (
    select credit_code, return_status, case when statement_status in ('通过', '有勾稽问题') then statement_status end as statement_status
    from {{ ref('surplus_return') }} where is_current_year
) as statement on entity.credit_code = statement.credit_code
left join {{ ref('asof_gsxt__annual_report') }} as report
    on entity.credit_code = report.credit_code and run.year_due = report.report_year
left join (
    select distinct credit_code from {{ ref('asof_gsxt__abnormal_listing') }} where listing_state = '在列'
) as listing on entity.credit_code = listing.credit_code
left join booked on entity.farm_code = booked.farm_code

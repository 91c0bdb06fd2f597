-- The month's ledger of awards (spec 2.10), one row an award with open problems, or whose problems were solved or that left
-- the ledger since the month before. First seen and changes follow from the previous edition; without one: 首期.

with run as (
    select report_month, previous_report_month from {{ ref('run_month') }}
),

current as (
    select
        year, county_code, entity_type, entity_name, support, award_key,
        cast(count(*) filter (where outcome = '问题') as bigint) as open_problems,
        max(days_open) filter (where outcome = '问题') as oldest_days,
        {{ join_sorted("case when outcome = '问题' then check_id end", ',') }} as problem_checks,
        {{ join_sorted("case when outcome = '问题' then check_name end", '、') }} as problem_names,
        cast(count(*) filter (where outcome in ('资料缺', '存疑')) as bigint) as undecided,
        max(content_hash) as content_hash, max(file_name) as file_name, max(sheet) as sheet,
        max(row_number) as row_number, max(snapshot_date) as snapshot_date
    from {{ ref('award_check') }}
    group by year, county_code, entity_type, entity_name, support, award_key
),

in_ledger as (
    select county_code, award_key from {{ ref('award_in_view') }}
),

previous as (
    select year, county_code, entity_type, entity_name, support, award_key, open_problems, first_seen_month
    from {{ source('previous', 'supervision_award') }}
    where open_problems > 0
),

both_months as (
    select
        coalesce(current.year, previous.year) as year,
        coalesce(current.county_code, previous.county_code) as county_code,
        coalesce(current.entity_type, previous.entity_type) as entity_type,
        coalesce(current.entity_name, previous.entity_name) as entity_name,
        coalesce(current.support, previous.support) as support,
        coalesce(current.award_key, previous.award_key) as award_key,
        current.open_problems, current.oldest_days, current.problem_checks, current.problem_names, current.undecided,
        previous.open_problems as previous_problems, previous.first_seen_month,
        current.content_hash, current.file_name, current.sheet, current.row_number, current.snapshot_date
    from current
    full outer join previous
        on current.county_code = previous.county_code and current.award_key = previous.award_key
    where current.open_problems > 0 or previous.award_key is not null
)

select
    both_months.year, both_months.county_code, both_months.entity_type, both_months.entity_name, both_months.support,
    both_months.award_key,
    case
        when both_months.open_problems is not null then both_months.open_problems
        -- its checks are all settled, so an earlier year's award is no longer examined
        when in_ledger.award_key is not null then 0
    end as open_problems,
    both_months.oldest_days, both_months.problem_checks, both_months.problem_names, both_months.undecided,
    case
        when both_months.open_problems > 0 then coalesce(both_months.first_seen_month, run.report_month)
        else both_months.first_seen_month
    end as first_seen_month,
    both_months.previous_problems,
    case
        when run.previous_report_month is null then '首期'
        when in_ledger.award_key is null then '已不在台账'
        when coalesce(both_months.open_problems, 0) = 0 then '已解决'
        when both_months.previous_problems is null then '新增'
        when both_months.open_problems > both_months.previous_problems then '问题增加'
        when both_months.open_problems < both_months.previous_problems then '问题减少'
        else '持平'
    end as change,
    both_months.content_hash, both_months.file_name, both_months.sheet, both_months.row_number, both_months.snapshot_date
from both_months
cross join run
left join in_ledger
    on both_months.county_code = in_ledger.county_code and both_months.award_key = in_ledger.award_key

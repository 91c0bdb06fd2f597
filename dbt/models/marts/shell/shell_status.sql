-- Status of every cooperative in force (spec 3.1): 疑似空壳 = one decisive rule, or signals of two families;
-- 关注 = one signal, or several of one family; 正常 = evaluated, nothing fired; 无法判断 = nothing could be evaluated.
-- 首次列账 and 在账月数 follow from the previous edition; without one the month is the first (首期).
{{ config(tags=['after_judgement']) }}

with run as (
    select report_month, previous_report_month from {{ ref('run_month') }}
),

coop as (
    select
        indicator.credit_code, indicator.county_code, indicator.name, indicator.is_union, cooperative.founded_on,
        case when indicator.k01_state = 'evaluated' then 1 else 0 end
        + case when indicator.k02_state = 'evaluated' then 1 else 0 end
        + case when indicator.k03_state = 'evaluated' then 1 else 0 end as rules_evaluated
    from {{ ref('shell_indicator') }} as indicator
    join {{ ref('cooperative') }} as cooperative on indicator.credit_code = cooperative.key
),

flagged as (
    select
        credit_code,
        count(*) filter (where outcome = 'unknown') as rules_unknown,
        count(*) filter (where outcome = 'exempt') as rules_exempt,
        count(*) filter (where outcome = 'fired') as rules_fired,
        count(*) filter (where outcome = 'fired' and weight = 'decisive') as decisive_fired,
        count(distinct case when outcome = 'fired' then family end) as families_fired,
        {{ join_sorted("case when outcome = 'fired' then cast(kind as " ~ dbt.type_string() ~ ") end", ',') }} as kinds
    from {{ ref('shell_flag') }}
    group by credit_code
),

counted as (
    select
        coop.credit_code, coop.county_code, coop.name, coop.founded_on, coop.is_union, coop.rules_evaluated,
        coalesce(flagged.rules_unknown, 0) as rules_unknown, coalesce(flagged.rules_exempt, 0) as rules_exempt,
        coalesce(flagged.rules_fired, 0) as rules_fired, coalesce(flagged.decisive_fired, 0) as decisive_fired,
        coalesce(flagged.families_fired, 0) as families_fired, flagged.kinds,
        coalesce(previous.months_listed, 0) as previous_months, previous.first_month as previous_first_month,
        run.report_month, run.previous_report_month
    from coop
    cross join run
    left join flagged on coop.credit_code = flagged.credit_code
    left join {{ source('previous', 'shell_status') }} as previous on coop.credit_code = previous.credit_code
)

select
    credit_code, county_code, name, founded_on, is_union,
    case
        when decisive_fired > 0 or families_fired > 1 then '疑似空壳'
        when rules_fired > 0 then '关注'
        when rules_evaluated > 0 then '正常'
        else '无法判断'
    end as status,
    kinds,
    case
        when rules_fired = 0 then null
        when previous_months > 0 then coalesce(previous_first_month, report_month)
        else report_month
    end as first_month,
    cast(case when rules_fired = 0 then 0 else previous_months + 1 end as bigint) as months_listed,
    case
        when previous_report_month is null then '首期'
        when rules_fired > 0 and previous_months = 0 then '新列'
        when rules_fired > 0 then '续列'
        when previous_months > 0 then '移出'
        else '—'
    end as change,
    cast(rules_evaluated as bigint) as rules_evaluated,
    cast(rules_unknown as bigint) as rules_unknown,
    cast(rules_exempt as bigint) as rules_exempt,
    cast(rules_fired as bigint) as rules_fired,
    cast(decisive_fired as bigint) as decisive_fired,
    cast(families_fired as bigint) as families_fired,
    '无' as disposal
from counted

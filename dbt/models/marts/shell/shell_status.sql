-- Status of every cooperative in force (spec 3.1): 疑似空壳 = one decisive rule, or signals of two families;
-- 关注 = one signal, or several of one family; 正常 = evaluated, nothing fired; 无法判断 = nothing could be evaluated;
-- 确认, 排除, 整改中 = what people decided later than the evidence (rulings 6.3.1, 6.6.8).
-- 首次列账 and 在账月数 follow from the previous edition; without one the month is the first (首期).
{{ config(tags=['after_judgement']) }}

with run as (
    select
        report_month, previous_report_month, {{ national_policy('shell_signal_families') }} as signal_families
    from {{ ref('run_month') }}
),

coop as (
    select
        credit_code, county_code, name, is_union,
        0{% for rule in shell_values() %} + case when {{ rule }}_state = 'evaluated' then 1 else 0 end{% endfor %} as rules_evaluated
    from {{ ref('shell_indicator') }}
),

-- whether a flag still speaks: it is newer than the decision, or a fact that the inspection's own 正常 does not wipe
flag as (
    select
        flag.credit_code, flag.rule_id, flag.outcome, flag.weight, flag.family, flag.kind,
        coalesce(flag.evidence_date > decision.decided_on, true) as is_newer,
        flag.outlasts_own_inspection and flag.table_id = 'inspection.coop' and decision.decision_word = '正常'
        and coalesce(flag.evidence_date = decision.decided_on, false) as is_conflict
    from {{ ref('shell_flag') }} as flag
    left join {{ ref('shell_decision') }} as decision on flag.credit_code = decision.credit_code
),

flagged as (
    select
        credit_code,
        count(*) filter (where outcome = 'unknown') as rules_unknown,
        count(*) filter (where outcome = 'exempt') as rules_exempt,
        count(*) filter (where outcome = 'fired') as rules_fired,
        count(*) filter (where outcome = 'fired' and weight = 'decisive') as decisive_fired,
        count(distinct case when outcome = 'fired' then family end) as families_fired,
        {{ join_sorted("case when outcome = 'fired' then cast(kind as " ~ dbt.type_string() ~ ") end", ',') }} as kinds,
        count(*) filter (where outcome = 'fired' and (is_newer or is_conflict)) as standing,
        count(*) filter (where outcome = 'fired' and (is_newer or is_conflict) and weight = 'decisive') as standing_decisive,
        count(*) filter (where outcome = 'fired' and is_newer and weight = 'decisive') as newer_decisive,
        count(distinct case when outcome = 'fired' and (is_newer or is_conflict) then family end) as standing_families,
        {{ join_sorted("case when outcome = 'fired' and is_conflict then rule_id end", ',') }} as conflict_rules
    from flag
    group by credit_code
),

counted as (
    select
        coop.credit_code, coop.county_code, coop.name, coop.is_union, coop.rules_evaluated,
        coalesce(flagged.rules_unknown, 0) as rules_unknown, coalesce(flagged.rules_exempt, 0) as rules_exempt,
        coalesce(flagged.rules_fired, 0) as rules_fired, coalesce(flagged.decisive_fired, 0) as decisive_fired,
        coalesce(flagged.families_fired, 0) as families_fired, flagged.kinds, flagged.conflict_rules,
        case
            when decision.decision = '确认' then '确认'
            when decision.decision = '整改中' and coalesce(flagged.newer_decisive, 0) = 0 then '整改中'
            when decision.decision = '排除' and flagged.rules_fired > 0 and flagged.standing = 0 then '排除'
            when decision.decision = '排除' and (flagged.standing_decisive > 0 or flagged.standing_families >= run.signal_families)
                then '疑似空壳'
            when decision.decision = '排除' and flagged.rules_fired > 0 then '关注'
            when flagged.decisive_fired > 0 or flagged.families_fired >= run.signal_families then '疑似空壳'
            when flagged.rules_fired > 0 then '关注'
            when coop.rules_evaluated > 0 then '正常'
            else '无法判断'
        end as status,
        decision.decided_on, decision.decision_word, decision.deadline, decision.notified_on, decision.pleaded_on,
        decision.upheld_on, decision.withdrawn_on, decision.disposed_on, coalesce(decision.disposal, '无') as disposal,
        decision.disposal_on, decision.disposal_due_on, decision.disposal_done_on
    from coop
    cross join run
    left join flagged on coop.credit_code = flagged.credit_code
    left join {{ ref('shell_decision') }} as decision on coop.credit_code = decision.credit_code
),

placed as (
    select
        counted.credit_code, {{ shell_listed('counted.status') }} as is_listed,
        coalesce(previous.months_listed, 0) as previous_months, previous.first_month as previous_first_month,
        previous.status as previous_status, run.report_month, run.previous_report_month
    from counted
    cross join run
    left join {{ source('previous', 'shell_status') }} as previous on counted.credit_code = previous.credit_code
)

select
    counted.credit_code, counted.county_code, counted.name, cooperative.founded_on, counted.is_union, counted.status,
    counted.kinds,
    case
        when not placed.is_listed then null
        when placed.previous_months > 0 then coalesce(placed.previous_first_month, placed.report_month)
        else placed.report_month
    end as first_month,
    cast(case when not placed.is_listed then 0 else placed.previous_months + 1 end as bigint) as months_listed,
    case
        when placed.previous_report_month is null then '首期'
        when placed.is_listed and placed.previous_months = 0 then '新列'
        when placed.is_listed then '续列'
        when placed.previous_months > 0 then '移出'
        else '—'
    end as change,
    placed.previous_status,
    cast(counted.rules_evaluated as bigint) as rules_evaluated, cast(counted.rules_unknown as bigint) as rules_unknown,
    cast(counted.rules_exempt as bigint) as rules_exempt, cast(counted.rules_fired as bigint) as rules_fired,
    cast(counted.decisive_fired as bigint) as decisive_fired, cast(counted.families_fired as bigint) as families_fired,
    counted.conflict_rules, counted.decided_on, counted.decision_word, counted.deadline, counted.notified_on,
    counted.pleaded_on, counted.upheld_on, counted.withdrawn_on, counted.disposed_on,
    counted.disposal, counted.disposal_on, counted.disposal_due_on, counted.disposal_done_on,
    -- 简易注销 is closed to whoever is on the list (条例 Art 33): first the reports, then off the list
    case
        when listing.is_listed and listing.is_late and coalesce(report.last_year < report.year_due, true) then '补报年报'
        when listing.is_listed then '移出经营异常名录'
        when counted.status = '确认' or counted.disposal like '%注销%' then '注销'
    end as legal_next_step,
    coalesce(listing.is_listed, false) as simplified_closed
from counted
join placed on counted.credit_code = placed.credit_code
join {{ ref('cooperative') }} as cooperative on counted.credit_code = cooperative.key
left join {{ ref('shell_listing') }} as listing on counted.credit_code = listing.credit_code
left join {{ ref('shell_report') }} as report on counted.credit_code = report.credit_code

-- K05, K09 and K10 (spec 3.1: no business, stopped, support without business after it), one row a cooperative in force.

with rule as (
    {{ shell_rules_by_county(['k05', 'k09', 'k10']) }}
),

policy as (
    {{ county_policies(['shell_stop_months', 'shell_visit_months']) }}
),

run as (
    select as_of, fiscal_year from {{ ref('run_month') }}
),

idle as (
    select
        business.credit_code, business.fiscal_year,
        row_number() over (partition by business.credit_code order by business.fiscal_year desc) as place
    from {{ ref('shell_year') }} as business
    cross join run
    where business.state = 'idle' and business.fiscal_year <= run.fiscal_year
),

-- idle years in a row, back from the fiscal year of the month
pause as (
    select idle.credit_code, count(*) as years
    from idle
    cross join run
    where run.fiscal_year - idle.fiscal_year + 1 = idle.place
    group by idle.credit_code
),

active as (
    select business.credit_code, max(business.fiscal_year) as last_year
    from {{ ref('shell_year') }} as business
    cross join run
    where business.state = 'active' and business.fiscal_year <= run.fiscal_year
    group by business.credit_code
),

award as (
    select
        credit_code, bool_or(has_ended and state = 'idle') as is_idle, bool_or(has_ended and state = 'unknown') as is_open,
        max(case when has_ended and state = 'idle' then first_year end) as idle_year,
        max_by(year, {{ sort_key(['first_year', 'year']) }}) filter (where has_ended and state = 'idle') as award_year,
        max(case when has_ended then first_year end) as ended_year
    from {{ ref('shell_award') }}
    group by credit_code
),

county as (
    select county_code, is_delivered
    from {{ ref('measure_delivery') }}
    where measure_id = 'shell_status' and part = 'K10'
),

seen as (
    select
        coop.credit_code, run.fiscal_year, coalesce(pause.years, 0) as idle_years,
        {%- for id in ['k05', 'k09', 'k10'] %}
        rule.{{ id }}_on, {{ shell_exempt(id) }} as {{ id }}_exempt,
        {%- endfor %}
        case
            when coalesce(pause.years, 0) >= rule.k05_threshold then pause.years
            when active.last_year > run.fiscal_year - rule.k05_threshold then coalesce(pause.years, 0)
        end as k05_value,
        visit.stopped_on, visit.stopped_seen_on, visit.first_no_on, visit.last_no_on, visit.last_yes_on,
        coalesce(visit.stopped_on <= {{ add_months('run.as_of', '-policy.shell_stop_months') }}, false) as has_stopped,
        coalesce(visit.last_no_on >= {{ add_months('visit.first_no_on', 'policy.shell_visit_months') }}, false) as stands_still,
        visit.stopped_on is not null or (visit.last_yes_on is not null and visit.last_no_on is null) as is_known,
        award.award_year, award.idle_year, award.ended_year,
        case
            when award.is_idle then 1
            when not coalesce(county.is_delivered, false) or award.is_open then null
            else 0
        end as k10_value,
        coalesce(county.is_delivered, false) as has_ledger
    from {{ ref('shell_subject') }} as coop
    cross join run
    left join rule on coop.county_code = rule.county_code
    left join policy on coop.county_code = policy.policy_county
    left join pause on coop.credit_code = pause.credit_code
    left join active on coop.credit_code = active.credit_code
    left join {{ ref('shell_inspection') }} as visit on coop.credit_code = visit.credit_code
    left join award on coop.credit_code = award.credit_code
    left join county on coop.county_code = county.county_code
),

judged as (
    select
        credit_code, stopped_on, first_no_on, last_no_on, award_year, idle_year,
        case when idle_years > 0 then fiscal_year - idle_years + 1 end as first_idle_year,
        case when idle_years > 0 then fiscal_year end as last_idle_year,
        k05_on, k05_exempt, k05_value, '连续年度的经营收入和成员交易额资料不全（不公示的不作为无收入）' as k05_missing,
        make_date(fiscal_year, 12, 31) as k05_seen_on,
        k09_on, k09_exempt,
        case when has_stopped or stands_still then 1 when is_known then 0 end as k09_value,
        '没有有效期内的检查记录，或检查未填生产经营情况' as k09_missing,
        case
            when has_stopped and stands_still then greatest(stopped_seen_on, last_no_on)
            when has_stopped then stopped_seen_on
            when stands_still then last_no_on
            else greatest(coalesce(stopped_seen_on, last_yes_on), coalesce(last_yes_on, stopped_seen_on))
        end as k09_seen_on,
        case when has_stopped then 'stopped' else 'visits' end as k09_limb,
        k10_on, k10_exempt, k10_value,
        case when has_ledger then '获补助后第一个完整年度的收入和交易额资料不全' else '未收到本旗县奖补对象台账' end as k10_missing,
        make_date(coalesce(idle_year, ended_year), 12, 31) as k10_seen_on
    from seen
)

select
    credit_code, first_idle_year, last_idle_year, stopped_on, first_no_on, last_no_on, k09_limb,
    award_year, idle_year as award_idle_year,
    {{ shell_outcome('k05', 'k05_idle_years') }},
    {{ shell_outcome('k09', 'k09_stopped') }},
    {{ shell_outcome('k10', 'k10_idle_after_award') }}
from judged

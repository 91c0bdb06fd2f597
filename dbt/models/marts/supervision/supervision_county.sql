-- The month's ledger of counties (spec 2.10, rulings 6.2.13, 6.6.10), one row a county in which the checks are in force.
-- Counts are of the report year's awards; problems of every award examined. Null = its awards were never delivered.

with run as (
    select report_year, as_of, previous_report_month from {{ ref('run_month') }}
),

county as (
    select
        county.county_code, county.prefecture_code,
        delivered.county_code is not null as has_awards,
        policy.value as cut_notices
    from {{ ref('county_in_view') }} as county
    join {{ ref('region_policy') }} as policy
        on county.county_code = policy.region_code and policy.region_level = 'county'
        and policy.id = 'supervision_cut_notices'
    left join (
        select distinct county_code from {{ ref('county_delivery') }} where table_id = 'programme.award'
    ) as delivered on county.county_code = delivered.county_code
    where county.is_configured and not county.is_remainder
),

awarded as (
    select
        award.county_code,
        count(*) filter (where award.support = '奖励补助' and award.entity_type = '农民合作社') as awarded_coops,
        count(*) filter (where award.support = '奖励补助' and award.entity_type = '家庭农场') as awarded_farms,
        count(*) filter (where award.support <> '奖励补助') as standardised,
        count(*) filter (where award.support <> '奖励补助' and award.entity_type = '农民合作社') as standardised_coops,
        count(*) filter (where award.support <> '奖励补助' and award.entity_type = '家庭农场') as standardised_farms,
        count(*) filter (where award.is_accepted) as accepted,
        count(*) filter (where award.is_paid) as paid
    from {{ ref('award_in_view') }} as award
    cross join run
    where award.year = run.report_year and award.is_recognised
    group by award.county_code
),

checked as (
    select
        found.county_code,
        count(distinct found.award_key) as examined,
        count(*) filter (where found.outcome = '问题') as problems,
        count(*) filter (where found.outcome = '问题（逾期）') as late,
        count(*) filter (where found.outcome in ('资料缺', '存疑')) as undecided,
        count(*) filter (where found.check_id = 'updated' and found.due_on < run.as_of) as due_updates,
        count(*) filter (where found.check_id = 'updated' and found.due_on < run.as_of and found.outcome = '通过') as updated,
        count(*) filter (where found.check_id = 'flagged' and found.due_on < run.as_of) as due_flags,
        count(*) filter (where found.check_id = 'flagged' and found.due_on < run.as_of and found.outcome = '通过') as flagged,
        bool_or(found.check_id in ('updated', 'flagged') and found.outcome = '问题') as notified
    from {{ ref('award_check') }} as found
    cross join run
    group by found.county_code
),

district as (
    select county_code, count(*) filter (where outcome = '问题') as district_problems
    from {{ ref('district_check') }}
    group by county_code
),

counted as (
    select
        county.county_code, county.prefecture_code, county.has_awards, county.cut_notices, quota.coops as quota_coops,
        quota.farms as quota_farms,
        {%- for name in ['awarded_coops', 'awarded_farms', 'standardised', 'standardised_coops', 'standardised_farms', 'accepted',
            'paid'] %}
        cast(case when county.has_awards then coalesce(awarded.{{ name }}, 0) end as bigint) as {{ name }},
        {%- endfor %}
        {%- for name in ['examined', 'problems', 'late', 'undecided', 'due_updates', 'updated', 'due_flags', 'flagged'] %}
        cast(case when county.has_awards then coalesce(checked.{{ name }}, 0) end as bigint) as {{ name }},
        {%- endfor %}
        case when county.has_awards then coalesce(checked.notified, false) end as notified,
        cast(coalesce(district.district_problems, 0) as bigint) as district_problems,
        task.funds_allotted, task.funds_arrived, task.funds_paid,
        previous.problems as previous_problems, previous.rank as previous_rank,
        coalesce(previous.consecutive_notices, 0) as previous_notices
    from county
    cross join run
    left join awarded on county.county_code = awarded.county_code
    left join checked on county.county_code = checked.county_code
    left join district on county.county_code = district.county_code
    left join {{ ref('quota_task') }} as quota on county.county_code = quota.county_code and quota.year = run.report_year
    left join {{ ref('asof_programme__district_task') }} as task
        on county.county_code = task.county_code and task.year = run.report_year
    left join {{ source('previous', 'supervision_county') }} as previous on county.county_code = previous.county_code
),

noticed as (
    select
        counted.county_code, {{ ratio('counted.problems', 'counted.examined') }} as problems_per_award,
        -- a month that cannot be told neither adds to the row of notices nor breaks it
        cast(case when counted.notified then counted.previous_notices + 1 when not counted.notified then 0
            else counted.previous_notices end as bigint) as consecutive_notices
    from counted
),

ranked as (
    select
        counted.county_code,
        rank() over (partition by counted.prefecture_code order by noticed.problems_per_award) as rank
    from counted
    join noticed on counted.county_code = noticed.county_code
    where noticed.problems_per_award is not null
)

select
    counted.county_code, counted.prefecture_code, counted.quota_coops, counted.quota_farms, counted.awarded_coops,
    counted.awarded_farms, counted.standardised, counted.standardised_coops, counted.standardised_farms, counted.accepted,
    counted.paid, counted.due_updates, counted.updated, counted.due_flags, counted.flagged, counted.examined, counted.problems, counted.late, counted.undecided,
    counted.district_problems, counted.funds_allotted, counted.funds_arrived, counted.funds_paid,
    {{ ratio('counted.funds_arrived', 'counted.funds_allotted') }} as fund_arrival_rate,
    {{ ratio('counted.funds_paid', 'counted.funds_allotted') }} as payment_progress,
    noticed.problems_per_award, cast(ranked.rank as bigint) as rank, counted.notified, noticed.consecutive_notices,
    coalesce(counted.notified, false) and noticed.consecutive_notices >= counted.cut_notices as suggest_cut,
    counted.previous_problems, counted.previous_rank,
    counted.problems - counted.previous_problems as problems_change,
    case when run.previous_report_month is null then '首期' when counted.previous_problems is null then '上月无数据' else '有上月' end
        as edition_state,
    case when not counted.has_awards then 'programme.award' end as missing_tables
from counted
cross join run
join noticed on counted.county_code = noticed.county_code
left join ranked on counted.county_code = ranked.county_code

-- The measures of spec 2.2 that sum what is reported: funds, demonstration lists, villages; by county.

with
-- 下达资金 unknown: the county's money is in neither sum
fund as (
    select
        task.county_code,
        count(*) as tasks,
        coalesce(sum(task.funds_allotted), 0) as allotted,
        coalesce(sum(task.funds_arrived) filter (where task.funds_allotted is not null), 0) as arrived,
        coalesce(sum(task.funds_paid) filter (where task.funds_allotted is not null), 0) as paid,
        count(*) filter (where task.funds_allotted is null or task.funds_arrived is null) as arrived_unknown,
        count(*) filter (where task.funds_allotted is null or task.funds_paid is null) as paid_unknown
    from {{ ref('asof_programme__district_task') }} as task
    join {{ ref('run_month') }} as run on task.year = run.report_year
    group by task.county_code
),

{% set levels = {'nation': '国家级', 'province': '自治区（省）级', 'prefecture': '盟市（市）级', 'county': '旗县（区）级',
    'supply_coop': '供销总社'} -%}
demonstration as (
    select
        roster.county_code
        {%- for id, level in levels.items() %}
        {%- for part, kind in [('coop', '农民合作社'), ('farm', '家庭农场')] %},
        count(distinct case when roster.level = '{{ level }}' and roster.entity_type = '{{ kind }}'
            then {{ entity_name_key('roster') }} end) as {{ id }}_{{ part }}
        {%- endfor %}
        {%- endfor %}
    from {{ ref('asof_demonstration__roster') }} as roster
    join {{ ref('run_month') }} as run
        on roster.recognised_on >= make_date(run.report_year, 1, 1) and roster.recognised_on <= run.as_of
    where coalesce(roster.title, '') <> '规范社' and not coalesce(roster.withdrawn_on <= run.as_of, false)
    group by roster.county_code
),

village as (
    select
        banner_code as county_code,
        count(*) as villages,
        count(*) filter (where enterprises > 0 and organisations > 0) as modelled,
        count(*) filter (where poor_village) as key_villages,
        count(*) filter (where poor_village and enterprises > 0 and organisations > 0) as key_modelled,
        coalesce(sum(insured_due), 0) as insured_due,
        coalesce(sum(insured) filter (where insured_due is not null), 0) as insured,
        count(*) filter (where insured_due is null or insured is null) as insured_unknown,
        count(*) filter (where insured > 0) as villages_insured,
        count(*) filter (where insured is null) as villages_insured_unknown,
        coalesce(sum(poor), 0) as poor,
        coalesce(sum(linked) filter (where poor is not null), 0) as linked,
        count(*) filter (where poor is null or linked is null) as linked_unknown
    from {{ ref('village_month') }}
    where reported
    group by banner_code
)

{{ county_counts('fund', [
    ('fund_arrival_rate', 'all', 'arrived', 'allotted', 'arrived_unknown', 'tasks'),
    ('payment_progress', 'all', 'paid', 'allotted', 'paid_unknown', 'tasks'),
]) }}
{%- for id in levels %}
{%- for part in ['coop', 'farm'] %}
union all
{{ county_counts('demonstration', [('new_demonstration_' ~ id, part, id ~ '_' ~ part, none, '0', id ~ '_' ~ part)]) }}
{%- endfor %}
{%- endfor %}
union all
{{ county_counts('village', [
    ('village_model_rate', 'all', 'modelled', 'villages', '0', 'villages'),
    ('village_model_rate_key', 'all', 'key_modelled', 'key_villages', '0', 'key_villages'),
    ('insurance_rate', 'all', 'insured', 'insured_due', 'insured_unknown', 'villages'),
    ('insurance_village_rate', 'all', 'villages_insured', 'villages', 'villages_insured_unknown', 'villages'),
    ('poor_household_link_rate', 'all', 'linked', 'poor', 'linked_unknown', 'villages'),
]) }}

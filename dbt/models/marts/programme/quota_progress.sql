-- Progress against the tasks: 奖励补助 against the quota, 规范化建设支出补助 apart (spec 2.6). A county that never delivered its
-- awards is unknown, not 0.

with task as (
    {%- for entity_type, quota in [('农民合作社', 'coops'), ('家庭农场', 'farms')] %}
    select
        year, prefecture_code, county_code, county_label, '{{ entity_type }}' as entity_type, {{ quota }} as quota,
        print_order
    from {{ ref('quota_task') }}
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
),

source as (
    select distinct task.year, task.county_code, task.entity_type
    from task
    join {{ ref('county_delivery') }} as delivery
        on task.county_code = delivery.county_code and delivery.table_id = 'programme.award'
        and delivery.part in ({{ text_of('task.year') }} || '|' || task.entity_type, {{ text_of('task.year') }} || '|*')
),

awarded as (
    select
        year, county_code, entity_type,
        cast(count(*) filter (where support = '奖励补助' and is_recommended) as bigint) as recommended,
        cast(count(*) filter (where support = '奖励补助' and is_recognised) as bigint) as awarded,
        cast(count(*) filter (where support = '奖励补助' and is_accepted) as bigint) as accepted,
        cast(count(*) filter (where support = '奖励补助' and is_paid) as bigint) as paid,
        cast(count(*) filter (where support <> '奖励补助' and is_recognised) as bigint) as standardised
    from {{ ref('award_in_view') }}
    group by year, county_code, entity_type
),

policy as (
    {{ county_policies(['recommendation_ratio']) }}
),

counted as (
    select
        task.year, task.prefecture_code, task.county_code, task.county_label, task.entity_type, task.quota, task.print_order,
        policy.recommendation_ratio,
        source.county_code is not null as is_delivered,
        coalesce(awarded.recommended, 0) as recommended, coalesce(awarded.awarded, 0) as awarded,
        coalesce(awarded.accepted, 0) as accepted, coalesce(awarded.paid, 0) as paid,
        coalesce(awarded.standardised, 0) as standardised
    from task
    left join awarded
        on task.year = awarded.year and task.county_code = awarded.county_code and task.entity_type = awarded.entity_type
    left join source
        on task.year = source.year and task.county_code = source.county_code and task.entity_type = source.entity_type
    left join policy on task.county_code = policy.policy_county
)

select
    year, prefecture_code, county_code, county_label, entity_type, quota,
    case when is_delivered then recommended end as recommended,
    case when is_delivered then recommended >= {{ exact_product('quota', 'recommendation_ratio') }} end
        as recommendation_enough,
    case when is_delivered then awarded end as awarded,
    case when is_delivered then accepted end as accepted,
    case when is_delivered then paid end as paid,
    case when is_delivered then standardised end as standardised,
    case when is_delivered then {{ ratio('accepted', 'quota') }} end as completion,
    print_order,
    case when not is_delivered then 'programme.award' end as missing_tables
from counted

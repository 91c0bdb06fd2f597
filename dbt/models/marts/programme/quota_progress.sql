-- Progress against the tasks. Awards (programme.award) are not received yet: unknown, not 0.

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
)

select
    year, prefecture_code, county_code, county_label, entity_type, quota,
    cast(null as bigint) as recommended,
    cast(null as boolean) as recommendation_enough,
    cast(null as bigint) as awarded,
    cast(null as bigint) as accepted,
    cast(null as bigint) as paid,
    cast(null as decimal(18, 6)) as completion,
    print_order,
    'programme.award' as missing_tables
from task

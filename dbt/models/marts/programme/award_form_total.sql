{#- 合计 of 002 附件2 and 附件3, one row a county that delivered the year's ledger and entity type: a sum is known only
    where every row's figure is. -#}
{% set summed = [('members', 'bigint'), ('annual_income', 'decimal(18, 2)'), ('households_led', 'bigint'),
    ('residents_led', 'bigint'), ('lifted_led', 'bigint'), ('monitored_led', 'bigint')] %}

with run as (
    select report_year from {{ ref('run_month') }}
),

delivered as (
    select source.county_code, kind.entity_type, max(source.delivered_on) as delivered_on
    from {{ ref('county_delivery') }} as source
    cross join run
    join (select '农民合作社' as entity_type union all select '家庭农场') as kind
        on source.part in (
            {{ text_of('run.report_year') }} || '|' || kind.entity_type, {{ text_of('run.report_year') }} || '|*'
        )
    where source.table_id = 'programme.award'
    group by source.county_code, kind.entity_type
)

select
    run.report_year as year, delivered.county_code, delivered.entity_type, count(award.award_key) as awards,
    {%- for name, type in summed %}
    cast(case when count(award.{{ name }}) = count(award.award_key) then coalesce(sum(award.{{ name }}), 0) end as {{ type }})
        as {{ name }},
    count(award.award_key) - count(award.{{ name }}) as {{ name }}_unknown,
    {%- endfor %}
    delivered.delivered_on
from delivered
cross join run
left join {{ ref('award_form') }} as award
    on delivered.county_code = award.county_code and delivered.entity_type = award.entity_type and award.left_out is null
group by run.report_year, delivered.county_code, delivered.entity_type, delivered.delivered_on

-- The village reports of a banner (spec 2.8), summed over the villages that reported; a figure that no village gave is
-- unknown.
{% set figures = ['enterprises', 'organisations', 'households', 'joined', 'poor', 'linked', 'insured_due', 'insured',
    'trained'] %}
{% set amounts = ['dividends', 'collective_income', 'fund_arrived', 'fund_due'] %}

select
    banner_code,
    cast(count(*) as bigint) as villages,
    cast(count(*) filter (where reported) as bigint) as villages_reported,
    cast(count(*) filter (where not reported) as bigint) as villages_missing,
    cast(count(*) filter (where reported and poor_village) as bigint) as poor_villages,
    cast(count(*) filter (where fund_reached) as bigint) as funds_reached
    {%- for name in figures %},
    cast(sum({{ name }}) as bigint) as {{ name }}
    {%- endfor %}
    {%- for name in amounts %},
    cast(sum({{ name }}) filter (where reported) as decimal(18, 2)) as {{ name }}
    {%- endfor %}
from {{ ref('village_month') }}
group by banner_code

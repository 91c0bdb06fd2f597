{# The national row in force of one policy parameter, as a scalar. #}
{% macro national_policy(id) -%}
    (select max(value) from {{ ref('policy_in_force') }} where id = '{{ id }}' and region_code = '000000')
{%- endmacro %}

{# One row a county-level region with a column for each policy id: the row of the nearest enclosing region. #}
{% macro county_policies(ids) -%}
    select
        region_code as policy_county
        {%- for id in ids %}
        , max(case when id = '{{ id }}' then value end) as {{ id }}
        {%- endfor %}
    from {{ ref('region_policy') }}
    where region_level = 'county' and id in ('{{ ids | join("', '") }}')
    group by region_code
{%- endmacro %}

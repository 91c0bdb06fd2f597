{# Fields that can be compared (entity_side's columns), with the expression that says two known values differ and the
   texts shown for them. Which pair compares which is a seed, entity_pair_field. #}
{% macro compared_fields() -%}
    {% do return({
        'name': ('ours.normal_name <> theirs.normal_name', 'name'),
        'representative': ("ours.representative <> theirs.representative"
            ~ " and ours.representative not like '%*%' and theirs.representative not like '%*%'", 'person'),
        'county_code': ('ours.county_code <> theirs.county_code', 'county_code'),
        'in_force': ('ours.in_force <> theirs.in_force', 'state'),
        'annual_income': ('abs(ours.annual_income - theirs.annual_income) > '
            ~ exact_product('greatest(abs(ours.annual_income), abs(theirs.annual_income))', 'run.money_tolerance'), 'text'),
        'members': ('ours.members <> theirs.members', 'text'),
    }) %}
{%- endmacro %}

{# The text shown for a field of one side. #}
{% macro shown(alias, field, kind) -%}
    {%- if kind == 'person' -%} {{ masked_name(alias ~ '.' ~ field) }}
    {%- elif kind == 'state' -%} case when {{ alias }}.{{ field }} then '存续' else '非存续' end
    {%- else -%} cast({{ alias }}.{{ field }} as {{ dbt.type_string() }})
    {%- endif -%}
{%- endmacro %}

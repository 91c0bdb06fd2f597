{# Statement lines (spec 2.3): which columns a sheet had, and sums in which blank addends count as 0. #}

{# True when none of these columns was absent from the statement's sheet. #}
{% macro has_columns(names) -%}
    not (
        {%- for name in names %}
        {% if not loop.first %}or {% endif %}',' || coalesce(absent_columns, '') || ',' like '%,{{ name }},%'
        {%- endfor %}
    )
{%- endmacro %}

{# Sum of plus less minus, blanks as 0; null when all are blank. #}
{% macro filled_sum(plus, minus) -%}
    case when coalesce({{ (plus + minus) | join(', ') }}) is not null then
        try_cast(
            {%- for name in plus %}{% if not loop.first %} +{% endif %} coalesce({{ name }}, 0){% endfor %}
            {%- for name in minus %} - coalesce({{ name }}, 0){% endfor %} as decimal(18, 2)
        )
    end
{%- endmacro %}

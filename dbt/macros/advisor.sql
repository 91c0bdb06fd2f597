{# Calendar and lists of the advisor models (spec 2.5). #}

{# The quarters of a year: quarter (2024Q3), starts_on, ends_on. #}
{% macro quarters_of(year) -%}
    {%- for number in range(1, 5) %}
    select
        cast({{ year }} as {{ dbt.type_string() }}) || 'Q{{ number }}' as quarter,
        make_date({{ year }}, {{ 3 * number - 2 }}, 1) as starts_on,
        last_day(make_date({{ year }}, {{ 3 * number }}, 1)) as ends_on
    from {{ ref('run_month') }}
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
{%- endmacro %}

{# 31 December of a year. #}
{% macro year_end(year) -%}(make_date(cast({{ year }} + 1 as int), 1, 1) - 1){%- endmacro %}

{# 辅导业务分类 as the directory's contract lists them. #}
{% macro advice_kinds() -%}
    {{ return(['财务会计', '市场营销', '质量标准', '绿色发展', '信贷保险', '融资信贷', '组织建设', '规范运营', '技术支持']) }}
{%- endmacro %}

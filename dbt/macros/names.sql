{# Names as spec 2.9 compares them. NFKC was done at the door; brackets and blanks go, the four suffixes become one, the
   prefecture's and the county's names at the front go. #}
{% macro normal_name(name, prefecture_name, county_name) -%}
    replace(replace(replace(
        {{ without_front(without_front(bare(name), prefecture_name), county_name) }},
        '农牧民专业合作社', '合作社'), '农民专业合作社', '合作社'), '专业合作社', '合作社')
{%- endmacro %}

{# No blanks, no brackets. #}
{% macro bare(name) -%}translate({{ name }}, ' 　()（）[]【】〔〕<>《》「」', ''){%- endmacro %}

{% macro without_front(name, front) -%}
    case when {{ name }} like {{ front }} || '%' and {{ name }} <> {{ front }}
        then substr({{ name }}, length({{ front }}) + 1) else {{ name }} end
{%- endmacro %}

{# What names an entity in a list that need not give a code: credit code, else 一码通, else name within the county. #}
{% macro entity_name_key(alias) -%}
    coalesce({{ alias }}.credit_code, {{ alias }}.farm_code, {{ alias }}.county_code || '|' || {{ alias }}.name)
{%- endmacro %}

{# A natural person's name as other people may see it (张**). #}
{% macro masked_name(name) -%}left({{ name }}, 1) || '**'{%- endmacro %}

{# 新农直报's 认证状态 is free text; only a plain yes counts. #}
{% macro is_certified(state) -%}
    (
        {{ state }} in ('是', '通过', '已通过', '认证成功')
        or (({{ state }} like '%已认证%' or {{ state }} like '%认证通过%' or {{ state }} like '%通过认证%')
            and {{ state }} not like '%未%')
    )
{%- endmacro %}

{# 移出原因 that says 注销 (a listing that ended with the cooperative itself). #}
{% macro is_deregistration(reason) -%}
    coalesce({{ reason }} like '%注销%' or {{ reason }} like '%注(吊)销%', false)
{%- endmacro %}

{# How many names a cell holds; blank and 无 are none. #}
{% macro names_in(cell) -%}
    case when coalesce({{ cell }}, '无') = '无' then cast(0 as bigint)
        else cast(1 + length({{ cell }}) - length(translate({{ cell }}, '、，,；;', '')) as bigint) end
{%- endmacro %}

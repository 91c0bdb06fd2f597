{# What makes a registered entity a cooperative; names never decide (spec 1.2, rulings 6.1.6). #}

{# 农民专业合作社 among the classes of GB 32100. #}
{% macro is_class_93(credit_code) -%}left({{ credit_code }}, 2) = '93'{%- endmacro %}

{# Class 93 of the credit code; where there is only a legacy 注册号, the register's 类型. #}
{% macro is_cooperative(alias) -%}
    coalesce({{ is_class_93(alias ~ '.credit_code') }}, {{ alias }}.kind like '%农民专业合作%', false)
{%- endmacro %}

{% macro is_branch(alias) -%}coalesce({{ alias }}.kind like '%分支机构%', false){%- endmacro %}

{# 联合社 within class 93, by 类型 or name; a 联合社区 is a place. #}
{% macro is_union(kind, name) -%}
    coalesce(replace(coalesce({{ kind }}, '') || ' ' || {{ name }}, '联合社区', '') like '%联合社%', false)
{%- endmacro %}

{# The date on which a status began, where it has one of its own (rulings 6.6.3). #}
{% macro status_date(alias) -%}
    case
        when {{ alias }}.status in ('deregistered', 'revoked') then {{ alias }}.ended_on
        when {{ alias }}.status = 'suspended' then {{ alias }}.suspended_from
    end
{%- endmacro %}

{# Statuses that leave a cooperative in force (spec 2.1). #}
{% macro in_force_statuses() -%}('active', 'suspended', 'ceased', 'unknown'){%- endmacro %}

{# The file, sheet and row of the newest of the rows that are one entity; of one file's the last. #}
{% macro newest_row(alias) -%}
    {%- for name in ['file_name', 'sheet', 'row_number'] %}
    max_by({{ alias }}.{{ name }}, {{ sort_key([alias ~ '.received_order', alias ~ '.sheet', alias ~ '.row_number']) }}) as {{ name }}
    {%- if not loop.last %},{% endif %}
    {%- endfor %}
{%- endmacro %}

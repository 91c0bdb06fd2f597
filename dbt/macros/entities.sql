{# What makes a registered entity a cooperative; names never decide (spec 1.2, rulings 6.1.6). #}

{# Class 93 of the credit code; where there is only a legacy 注册号, the register's 类型. #}
{% macro is_cooperative(alias) -%}
    coalesce(left({{ alias }}.credit_code, 2) = '93', {{ alias }}.kind like '%农民专业合作%', false)
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

{# How a filled form's row is matched to the ledger's (rulings 6.6.1): code, else name in the county; contracts by
   服务机构 and 服务期限起. The county is compared where they are used. #}

{% macro same_code(ledger, form) -%}
    coalesce({{ ledger }}.credit_code = {{ form }}.credit_code or {{ ledger }}.farm_code = {{ form }}.farm_code, false)
{%- endmacro %}

{% macro same_award(ledger, form) -%}
    {{ ledger }}.year = {{ form }}.year and {{ ledger }}.entity_type = {{ form }}.entity_type
    and {{ ledger }}.support = {{ form }}.support
    and ({{ same_code(ledger, form) }} or {{ ledger }}.name = {{ form }}.name)
{%- endmacro %}

{# 附件4 is the prefecture's: a form of the prefecture itself speaks of the contracts of its counties. #}
{% macro contract_place(ledger, form) -%}
    ({{ ledger }}.county_code = {{ form }}.county_code or left({{ ledger }}.county_code, 4) || '00' = {{ form }}.county_code)
{%- endmacro %}

{% macro same_contract(ledger, form) -%}
    {{ ledger }}.provider = {{ form }}.provider and {{ ledger }}.starts_on = {{ form }}.starts_on
{%- endmacro %}

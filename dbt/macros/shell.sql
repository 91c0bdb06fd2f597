{# Words of the shell rules (spec 3.1): which rules there are, and what each one saw. #}

{# Values that a rule's sentence may name: columns of shell_indicator, in the order of the JSON object. #}
{% macro shell_values() -%}
    {{ return({
        'k01': ['fiscal_year', 'members', 'farmer_members', 'member_coops', 'kind_unknown_members', 'inspected_on'],
        'k02': ['fiscal_year', 'members', 'farmer_members', 'member_coops', 'kind_unknown_members'],
        'k03': ['fiscal_year', 'members', 'farmer_members', 'member_coops', 'kind_unknown_members'],
        'k04': ['accounts_year', 'identified_members', 'shared_members'],
        'k05': ['first_idle_year', 'last_idle_year', 'k05_idle_years'],
        'k06': ['first_missing_year', 'last_missing_year', 'k06_missing_years'],
        'k07': ['listed_on', 'listed_reason', 'k07_listed_months'],
        'k08': ['domicile_listed_on', 'inspected_on'],
        'k09': ['stopped_on', 'first_no_on', 'last_no_on'],
        'k10': ['award_year', 'award_idle_year'],
        'k11': ['k11_group_others', 'group_subsidised'],
        'k12': ['inspected_on'],
        'k13': ['inspected_on'],
    }) }}
{%- endmacro %}

{# Does a list such as 新成立、歇业 hold the word? #}
{% macro names_exemption(list, word) -%}coalesce({{ list }} like '%{{ word }}%', false){%- endmacro %}

{# A value as JSON. #}
{% macro json_value(name, alias) -%}
    case when {{ alias }}.{{ name }} is not null then
        '"{{ name }}":' ||
        {%- if name.endswith('_on') or name.endswith('_reason') %} '"' || cast({{ alias }}.{{ name }} as {{ dbt.type_string() }}) || '"'
        {%- else %} cast({{ alias }}.{{ name }} as {{ dbt.type_string() }})
        {%- endif %}
    end
{%- endmacro %}

{# Whole months from a day to as_of, which is a month's last day: every day of its own month has come. #}
{% macro months_until(day, as_of) -%}
    cast((year({{ as_of }}) - year({{ day }})) * 12 + month({{ as_of }}) - month({{ day }}) as bigint)
{%- endmacro %}

{# An address without blanks, down to its first house number (…12号); null where it has none. #}
{% macro house_number(address) -%}{{ adapter.dispatch('house_number')(address) }}{%- endmacro %}
{% macro default__house_number(address) -%}
    nullif(regexp_extract(translate({{ address }}, ' 　', ''), '^(.*?[0-9一二三四五六七八九十百零〇]+(-[0-9]+)?号)', 1), '')
{%- endmacro %}

{# Thresholds and exemptions of some rules by county, as columns: <rule>_threshold, <rule>_union_threshold,
   <rule>_exemptions; <rule>_on is null where the rule is not in force. #}
{% macro shell_rules_by_county(rules) -%}
    select
        county_code
        {%- for rule in rules %}
        , max(case when rule_id = '{{ rule | upper }}' and population <> '联合社' then threshold end) as {{ rule }}_threshold
        , max(case when rule_id = '{{ rule | upper }}' and population = '联合社' then threshold end) as {{ rule }}_union_threshold
        , max(case when rule_id = '{{ rule | upper }}' then exemptions end) as {{ rule }}_exemptions
        , max(case when rule_id = '{{ rule | upper }}' then rule_id end) as {{ rule }}_on
        {%- endfor %}
    from {{ ref('shell_rule_county') }}
    group by county_code
{%- endmacro %}

{# Why a rule does not apply to a cooperative of shell_subject; null when it does. #}
{% macro shell_exempt(rule) -%}
    case
        when coop.is_union and {{ names_exemption('rule.' ~ rule ~ '_exemptions', '联合社') }} then '联合社不适用'
        when coop.is_new and {{ names_exemption('rule.' ~ rule ~ '_exemptions', '新成立') }} then '成立未满规定月数，不适用'
        when coop.is_paused and {{ names_exemption('rule.' ~ rule ~ '_exemptions', '歇业') }} then '登记歇业期内，不适用'
    end
{%- endmacro %}

{# value, state, reason and evidence date of one rule, from <rule>_value, <rule>_exempt, <rule>_missing and <rule>_seen_on. #}
{% macro shell_outcome(rule, column) -%}
    case when {{ rule }}_on is not null and {{ rule }}_exempt is null then {{ rule }}_value end as {{ column }},
    case
        when {{ rule }}_on is null then null
        when {{ rule }}_exempt is not null then 'exempt'
        when {{ rule }}_value is null then 'unknown'
        else 'evaluated'
    end as {{ rule }}_state,
    case
        when {{ rule }}_on is null then null
        when {{ rule }}_exempt is not null then {{ rule }}_exempt
        when {{ rule }}_value is null then {{ rule }}_missing
    end as {{ rule }}_reason,
    {{ rule }}_seen_on as {{ rule }}_evidence_date
{%- endmacro %}

{# The day of the inspection that a rule's sentence names. #}
{% macro shell_visit_column(rule) -%}
    {{ return({'k01': 'farmers_absent_on', 'k08': 'unreachable_on', 'k12': 'k12_evidence_date', 'k13': 'k13_evidence_date'}[rule]) }}
{%- endmacro %}

{# A day as JSON. #}
{% macro json_date(name, day) -%}
    case when {{ day }} is not null then '"{{ name }}":"' || cast({{ day }} as {{ dbt.type_string() }}) || '"' end
{%- endmacro %}

{# The rules that fired are on the ledger of these statuses (form 11). #}
{% macro shell_listed(status) -%}{{ status }} in ('疑似空壳', '关注', '确认', '整改中'){%- endmacro %}

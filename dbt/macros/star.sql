{# The star rubric's machinery (spec 2.4): facts by name, points and scores without a float. #}

{# Facts of star_fact_value that rubric rows may name (seed star_fact); shell_confirmed is known after the judgement only. #}
{% macro star_facts() -%}
    {{ return([
        'income', 'income_county_median', 'land_contract_sound', 'has_accountant', 'books_complete',
        'statement_checks_pass', 'failed_checks', 'report_on_time', 'report_published', 'abnormal_in_year',
        'abnormal_listed', 'serious_violation', 'registration_ended', 'has_charter', 'assemblies', 'boards_work',
        'one_member_one_vote', 'financial_rules', 'affairs_disclosed', 'standardised_production', 'quality_rules',
        'traceable', 'conformity_certificate', 'small_households_led', 'lifted_households_led', 'accident',
        'penalised', 'trademark', 'green_certified', 'illegal_finance', 'complaint_verified', 'operates_on_site',
        'members', 'accounts_equal_roster', 'above_county_mean', 'return_reached', 'return_ratio', 'level_nation',
        'level_supply', 'level_province', 'level_prefecture', 'level_county'
    ]) }}
{%- endmacro %}

{# Facts that an inspection answers with yes or no. #}
{% macro inspected_answers() -%}
    {{ return([
        'land_contract_sound', 'books_complete', 'has_charter', 'boards_work', 'one_member_one_vote',
        'financial_rules', 'affairs_disclosed', 'standardised_production', 'quality_rules', 'traceable',
        'conformity_certificate', 'accident', 'penalised', 'trademark', 'green_certified', 'illegal_finance',
        'complaint_verified', 'operates_on_site'
    ]) }}
{%- endmacro %}

{# Facts that do not apply to some cooperatives, each with the column that says so. #}
{% macro inapplicable_facts() -%}
    {{ return({
        'income_county_median': 'median_inapplicable', 'report_on_time': 'report_inapplicable',
        'report_published': 'report_inapplicable', 'accounts_equal_roster': 'is_union',
        'return_reached': 'return_inapplicable', 'return_ratio': 'return_inapplicable'
    }) }}
{%- endmacro %}

{# The value of the fact that a row names; null = unknown. #}
{% macro star_fact_named(name, facts) -%}
    case {{ name }}
        {%- for fact in star_facts() %}
        when '{{ fact }}' then cast({{ facts }}.{{ fact }} as decimal(24, 6))
        {%- endfor %}
    end
{%- endmacro %}

{# Does the fact that a row names not apply? #}
{% macro star_fact_inapplicable(name, facts) -%}
    case {{ name }}
        {%- for fact, flag in inapplicable_facts().items() %}
        when '{{ fact }}' then {{ facts }}.{{ flag }}
        {%- endfor %}
        else false
    end
{%- endmacro %}

{# value <comparison> threshold, null while the value is unknown. #}
{% macro compares(value, comparison, threshold) -%}
    case {{ comparison }}
        {%- for sign in ['<', '<=', '=', '>=', '>'] %}
        when '{{ sign }}' then {{ value }} {{ sign }} {{ threshold }}
        {%- endfor %}
    end
{%- endmacro %}

{# A yes or no as 1 or 0; null stays null. #}
{% macro yes_as_one(answer) -%}case when {{ answer }} then 1 when not {{ answer }} then 0 end{%- endmacro %}

{# weight x value / (threshold x reference), at most the weight and at least 0; 12 places, half up. Weights have at most
   2 places, thresholds 3, values and references 6. #}
{% macro share_of_weight(weight, value, threshold, reference) -%}
    {%- set divisor = product_or_null(whole(threshold ~ ' * 1000'), whole(reference ~ ' * 1000000')) -%}
    {%- set twice = product_or_null(
        product_or_null(whole(weight ~ ' * 100'), whole(value ~ ' * 1000000')), whole('20000000000000')) -%}
    case
        when {{ value }} <= 0 then cast(0 as decimal(24, 12))
        when {{ value }} >= cast({{ threshold }} as decimal(12, 3)) * cast({{ reference }} as decimal(24, 6))
            then cast({{ weight }} as decimal(24, 12))
        else cast(
            cast({{ integer_divide(sum_or_null(twice, divisor), product_or_null(divisor, '2')) }} as decimal(24, 0))
            * cast(0.000000000001 as decimal(12, 12)) as decimal(24, 12)
        )
    end
{%- endmacro %}

{# 100 x earned / applicable, 2 places half up; null without anything applicable. #}
{% macro star_score(earned, applicable) -%}
    case when {{ applicable }} > 0 then
        cast(cast({{ integer_divide(
            '(' ~ whole(earned ~ ' * 1000000000000') ~ ' * 20000 + ' ~ whole(applicable ~ ' * 1000000000000') ~ ')',
            '(' ~ whole(applicable ~ ' * 1000000000000') ~ ' * 2)'
        ) }} as decimal(18, 0)) * cast(0.01 as decimal(3, 2)) as decimal(18, 2))
    end
{%- endmacro %}

{# Points that are missing from a score of `score`. #}
{% macro points_short_of(score, applicable, earned) -%}
    cast(cast({{ score }} as decimal(10, 2)) * {{ applicable }} * cast(0.01 as decimal(3, 2)) - {{ earned }} as decimal(24, 12))
{%- endmacro %}

{# The stars that an official result's word means; null for 不予评定 and unknown words. #}
{% macro stars_of(word) -%}
    case {{ word }}
        when '五星' then 5 when '四星' then 4 when '三星' then 3 when '二星' then 2 when '一星' then 1 when '未达' then 0
    end
{%- endmacro %}

{# A fact's value as a person reads it. #}
{% macro fact_words(value, unit) -%}
    case
        when {{ unit }} = '是否' then case when {{ value }} > 0 then '是' else '否' end
        when {{ unit }} = '元' then cast(cast({{ value }} as decimal(24, 2)) as {{ dbt.type_string() }}) || '元'
        when {{ unit }} = '比例' then cast(cast({{ value }} as decimal(24, 6)) as {{ dbt.type_string() }})
        else cast(cast(round({{ value }}) as bigint) as {{ dbt.type_string() }}) || {{ unit }}
    end
{%- endmacro %}

{# Words and figures of the programme models (spec 2.6). #}

{# A deadline that stands in a policy row as the number 20241129. #}
{% macro policy_day(value) -%}
    make_date(
        cast({{ integer_divide(whole(value), '10000') }} as int),
        cast({{ integer_divide(whole(value), '100') }} % 100 as int),
        cast({{ whole(value) }} % 100 as int)
    )
{%- endmacro %}

{# Quotient of two values with at most 6 places. #}
{% macro exact_ratio(numerator, denominator) -%}
    {{ ratio('cast(' ~ numerator ~ ' as decimal(18, 6)) * 1000000', 'cast(' ~ denominator ~ ' as decimal(18, 6)) * 1000000') }}
{%- endmacro %}

{# points x numerator / denominator with one place, half up on the exact quotient (rulings 6.2.11); null without one. #}
{% macro score_points(points, numerator, denominator) -%}
    case when {{ denominator }} > 0 then
        cast({{ integer_divide(
            '(' ~ cents(points) ~ ' * ' ~ whole(numerator) ~ ' * 2 + ' ~ whole(denominator) ~ ' * 10)',
            '(' ~ whole(denominator) ~ ' * 20)'
        ) }} as decimal(18, 0)) * cast(0.1 as decimal(2, 1))
    end
{%- endmacro %}

{# The date only when it has come by as_of: a later one is not yet there (rulings 6.6.3). Expects the CTE run. #}
{% macro by_as_of(day) -%}case when {{ day }} <= run.as_of then {{ day }} end{%- endmacro %}

{% macro text_of(value) -%}cast({{ value }} as {{ dbt.type_string() }}){%- endmacro %}

{# Money in a sentence: 元 with two places. #}
{% macro yuan(amount) -%}cast(cast({{ amount }} as decimal(18, 2)) as {{ dbt.type_string() }}) || '元'{%- endmacro %}

{# A whole number in a sentence. #}
{% macro counted_text(number) -%}cast(cast({{ number }} as bigint) as {{ dbt.type_string() }}){%- endmacro %}

{# Does the conclusion of an acceptance refuse it? #}
{% macro is_refusal(conclusion) -%}
    (coalesce({{ conclusion }}, '') like '%不%' or coalesce({{ conclusion }}, '') like '%未%')
{%- endmacro %}

{#
  Outcome of a check (rulings 6.2.9, 6.6.10) from its row: finding (good, bad, doubt, missing, no_source), due_on, done_on,
  rests_on and is_complete: the delivery on which an absence rests. Expects run.as_of.
#}
{% macro outcome_of(row) -%}
    case
        when {{ row }}.finding = 'no_source' then '资料缺'
        when {{ row }}.finding = 'doubt' then '存疑'
        when {{ row }}.finding = 'bad' then '问题'
        when {{ row }}.finding = 'good' then case when {{ row }}.done_on > {{ row }}.due_on then '问题（逾期）' else '通过' end
        when {{ row }}.due_on is null or run.as_of <= {{ row }}.due_on then '未到期'
        when {{ row }}.is_complete and {{ row }}.rests_on >= {{ row }}.due_on then '问题'
        else '资料缺'
    end
{%- endmacro %}

{# Days since the due day of what is open; of what was done late, the days by which it was. #}
{% macro outcome_days(row) -%}
    case
        when {{ row }}.outcome = '问题' and {{ row }}.due_on <= {{ row }}.as_of
            then cast({{ days_between(row ~ '.due_on', row ~ '.as_of') }} as bigint)
        when {{ row }}.outcome = '问题（逾期）' then cast({{ days_between(row ~ '.due_on', row ~ '.done_on') }} as bigint)
    end
{%- endmacro %}

{# The Chinese sentence: what was found, and what the outcome rests on. Expects words. #}
{% macro outcome_sentence(row) -%}
    {{ row }}.words || case
        when {{ row }}.outcome = '未到期' then coalesce('；期限为' || {{ text_of(row ~ '.due_on') }} || '，尚未到期', '；前一环节尚未完成，期限未起算')
        when {{ row }}.outcome = '问题（逾期）' then '；期限为' || {{ text_of(row ~ '.due_on') }} || '，逾期'
            || {{ text_of(days_between(row ~ '.due_on', row ~ '.done_on')) }} || '天'
        when {{ row }}.outcome = '问题' and {{ row }}.due_on < {{ row }}.as_of then '；期限为' || {{ text_of(row ~ '.due_on') }} || '，截至'
            || {{ text_of(row ~ '.as_of') }} || '已超过' || {{ text_of(days_between(row ~ '.due_on', row ~ '.as_of')) }} || '天'
        when {{ row }}.outcome = '资料缺' and {{ row }}.rests_on < {{ row }}.due_on then '；数据日期' || {{ text_of(row ~ '.rests_on') }}
            || '早于期限' || {{ text_of(row ~ '.due_on') }} || '，不能据以认定未完成'
        else ''
    end || '。'
{%- endmacro %}

{#
  Exact arithmetic (spec 2): money and ratios never pass through a float, and the engines' `/` on decimals differ.
  Operands are counts or decimals with at most 2 places; results are DECIMAL(18,6), null where the divisor is not
  positive or an operand is null, and null (never an error) for a quotient beyond 12 integer digits.
#}

{# numerator / denominator, 6 places, half up (四舍五入) away from zero. #}
{% macro ratio(numerator, denominator) -%}
    case when {{ denominator }} > 0 then
        {{ millionths(
            'case when ' ~ numerator ~ ' < 0 then -1 else 1 end * '
            ~ integer_divide(
                '(' ~ cents('abs(' ~ numerator ~ ')') ~ ' * 2000000 + ' ~ cents(denominator) ~ ')',
                '(' ~ cents(denominator) ~ ' * 2)'
            )
        ) }}
    end
{%- endmacro %}

{# numerator / denominator, cut down to 6 places; for numerators that are not negative. #}
{% macro ratio_floor(numerator, denominator) -%}
    case when {{ denominator }} > 0 then
        {{ millionths(integer_divide('(' ~ cents(numerator) ~ ' * 1000000)', cents(denominator))) }}
    end
{%- endmacro %}

{# An amount times a policy value, all 8 places kept: for comparing money with a share of money. #}
{% macro exact_product(amount, factor) -%}
    cast({{ amount }} as decimal(26, 2)) * cast({{ factor }} as decimal(10, 6))
{%- endmacro %}

{% macro cents(amount) -%}
    {{ whole('cast(' ~ amount ~ ' as decimal(26, 2)) * 100') }}
{%- endmacro %}

{% macro millionths(whole_number) -%}
    try_cast(cast({{ whole_number }} as decimal(28, 0)) * cast(0.000001 as decimal(7, 6)) as decimal(18, 6))
{%- endmacro %}

{# A decimal without places as the widest integer that the engine divides exactly. #}
{% macro whole(number) -%}{{ adapter.dispatch('whole')(number) }}{%- endmacro %}
{% macro default__whole(number) -%}cast({{ number }} as decimal(38, 0)){%- endmacro %}
{% macro duckdb__whole(number) -%}cast({{ number }} as hugeint){%- endmacro %}

{# Integer quotient, cut towards zero. Spark's `div` gives a bigint, which is too narrow: `/` of the multiple is exact. #}
{% macro integer_divide(dividend, divisor) -%}
    {{ adapter.dispatch('integer_divide')(dividend, divisor) }}
{%- endmacro %}
{% macro default__integer_divide(dividend, divisor) -%}
    cast(({{ dividend }} - {{ dividend }} % {{ divisor }}) / {{ divisor }} as decimal(38, 0))
{%- endmacro %}
{% macro duckdb__integer_divide(dividend, divisor) -%}({{ dividend }} // {{ divisor }}){%- endmacro %}

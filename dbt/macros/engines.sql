{# Where DuckDB and Spark differ and no common form exists; each is tested in dbt/tests/engine_macros_agree.sql. #}

{# The same day `months` later (negative: earlier), the month's last day where there is none. #}
{% macro add_months(day, months) -%}{{ adapter.dispatch('add_months')(day, months) }}{%- endmacro %}
{% macro default__add_months(day, months) -%}add_months({{ day }}, cast({{ months }} as int)){%- endmacro %}
{% macro duckdb__add_months(day, months) -%}
    cast({{ day }} + to_months(cast({{ months }} as int)) as date)
{%- endmacro %}

{# The day `days` later (negative: earlier). #}
{% macro add_days(day, days) -%}({{ day }} + cast({{ days }} as int)){%- endmacro %}

{# SHA-256 in lower-case hex. #}
{% macro sha256_hex(words) -%}{{ adapter.dispatch('sha256_hex')(words) }}{%- endmacro %}
{% macro default__sha256_hex(words) -%}sha2({{ words }}, 256){%- endmacro %}
{% macro duckdb__sha256_hex(words) -%}sha256({{ words }}){%- endmacro %}

{# Values of a group joined in the order of the values themselves; nulls left out, null when none. #}
{% macro join_sorted(words, separator) -%}{{ adapter.dispatch('join_sorted')(words, separator) }}{%- endmacro %}
{% macro default__join_sorted(words, separator) -%}
    case when count({{ words }}) > 0 then array_join(array_sort(collect_set({{ words }})), '{{ separator }}') end
{%- endmacro %}
{% macro duckdb__join_sorted(words, separator) -%}
    string_agg(distinct {{ words }}, '{{ separator }}' order by {{ words }})
{%- endmacro %}

{# a x b and a + b whose overflow means unknown, not the end of the run. #}
{% macro product_or_null(a, b) -%}{{ adapter.dispatch('product_or_null')(a, b) }}{%- endmacro %}
{% macro default__product_or_null(a, b) -%}try_multiply({{ a }}, {{ b }}){%- endmacro %}
{% macro duckdb__product_or_null(a, b) -%}try({{ a }} * {{ b }}){%- endmacro %}
{% macro sum_or_null(a, b) -%}{{ adapter.dispatch('sum_or_null')(a, b) }}{%- endmacro %}
{% macro default__sum_or_null(a, b) -%}try_add({{ a }}, {{ b }}){%- endmacro %}
{% macro duckdb__sum_or_null(a, b) -%}try({{ a }} + {{ b }}){%- endmacro %}

{# Days from one day to another. #}
{% macro days_between(first, last) -%}{{ adapter.dispatch('days_between')(first, last) }}{%- endmacro %}
{% macro default__days_between(first, last) -%}datediff({{ last }}, {{ first }}){%- endmacro %}
{% macro duckdb__days_between(first, last) -%}date_diff('day', {{ first }}, {{ last }}){%- endmacro %}

{# What max_by and min_by pick by: several columns in order, so that no two rows of a group are alike. #}
{% macro sort_key(columns) -%}{{ adapter.dispatch('sort_key')(columns) }}{%- endmacro %}
{% macro default__sort_key(columns) -%}struct({{ columns | join(', ') }}){%- endmacro %}
{% macro duckdb__sort_key(columns) -%}row({{ columns | join(', ') }}){%- endmacro %}

{# Levenshtein distance in characters. DuckDB counts bytes, three to a Chinese character: each character of the two texts
   is given a byte of its own first. Beyond 127 characters in both together it may come out too small. #}
{% macro edit_distance(a, b) -%}{{ adapter.dispatch('edit_distance')(a, b) }}{%- endmacro %}
{% macro default__edit_distance(a, b) -%}levenshtein({{ a }}, {{ b }}){%- endmacro %}
{% macro duckdb__edit_distance(a, b) -%}
    {%- set bytes = "array_to_string(list_transform(range(1, 128), lambda code: chr(cast(code as integer))), '')" -%}
    levenshtein(translate({{ a }}, {{ a }} || {{ b }}, {{ bytes }}), translate({{ b }}, {{ a }} || {{ b }}, {{ bytes }}))
{%- endmacro %}

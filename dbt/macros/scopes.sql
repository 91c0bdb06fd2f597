{#
  A scope is what a newer delivery replaces: county code, then `|` and sub-scope values (rulings 6.6.14).
  Its scope key leaves the county out where an entity's own code makes the scope (coop-years), so that a file that
  places the cooperative elsewhere still replaces it.
#}
{% macro scope_key(scope, scope_by) -%}
    case when {{ scope_by }} = 'entity'
        then split_part({{ scope }}, '|', 2) || '|' || split_part({{ scope }}, '|', 3)
        else {{ scope }}
    end
{%- endmacro %}

{# Does a delivery's scope stand for all that share it, such as `150302|*`? #}
{% macro is_whole(scope) -%}{{ scope }} like '%*%'{%- endmacro %}

{# The year in the scope of a coop-year. #}
{% macro scope_year(scope) -%}try_cast(split_part({{ scope }}, '|', 3) as int){%- endmacro %}

{# The policy of spec 1.1 and rulings 6.6.11: would a delivery that drops `removed` of `older` keys be 疑似不完整? #}
{% macro is_doubtful(removed, older) -%}
    (
        ({{ removed }} > incomplete_share * {{ older }} and {{ removed }} >= incomplete_minimum)
        or ({{ older }} > 0 and {{ removed }} = {{ older }})
    )
{%- endmacro %}

{# No person decided against the file, or against the one that it corrects (office.delivery_decision). #}
{% macro not_refused(alias) -%}
    not exists (
        select 1 from {{ ref('file_decision') }} as refused
        where refused.content_hash = {{ alias }}.content_hash and refused.sheet = {{ alias }}.sheet
            and not refused.is_accepted
    )
{%- endmacro %}

{# The screening did not hold the delivery back (spec 3.2); `unit` is the county or the row's own scope. #}
{% macro not_blocked(alias, table_id) -%}
    not exists (
        select 1 from {{ ref('blocked_delivery') }} as blocked
        where blocked.table_id = {{ table_id }} and blocked.snapshot_date = {{ alias }}.snapshot_date
            and (blocked.unit = {{ alias }}.county_code or blocked.unit = {{ alias }}.scope)
    )
{%- endmacro %}

{# No correction of the row has come (`settled`: none that was taken). #}
{% macro not_corrected(alias, settled=false) -%}
    not exists (
        select 1 from {{ ref('corrected_row') }} as corrected
        where corrected.content_hash = {{ alias }}.content_hash and corrected.sheet = {{ alias }}.sheet
            and corrected.row_number = {{ alias }}.row_number{% if settled %} and corrected.is_settled{% endif %}
    )
{%- endmacro %}

{# Rows of a source table that can count at all: not overwritten further down their sheet, not from a filled form, not of
   a refused file or a delivery held back, not corrected since. #}
{% macro countable(source_name, table_name, alias) -%}
    {{ source(source_name, table_name) }} as {{ alias }}
    where not coalesce({{ alias }}.is_superseded, false) and not coalesce({{ alias }}.is_filled_form, false)
        and {{ not_refused(alias) }}
        and {{ not_blocked(alias, "'" ~ source_name ~ '.' ~ table_name ~ "'") }}
        and {{ not_corrected(alias, settled=true) }}
{%- endmacro %}

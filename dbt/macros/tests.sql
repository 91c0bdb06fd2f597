{# Generic tests; the hub of dbt packages is not reachable, so the few that are needed stand here. #}

{# One row a key, and no part of the key blank. #}
{% test unique_grain(model, columns) %}
    select {{ columns | join(', ') }}, count(*) as rows_found
    from {{ model }}
    group by {{ columns | join(', ') }}
    having count(*) > 1 {% for column in columns %} or {{ column }} is null {% endfor %}
{% endtest %}

{# Spec 1.3: nothing received is lost. #}
{% test conserves_rows(model) %}
    select file_name, sheet, rows_read, accepted, rejected, out_of_scope, ignored
    from {{ model }}
    where rows_read is distinct from accepted + rejected + out_of_scope + ignored
{% endtest %}

{# Totals equal parts: a region's sums are those of its counties, and never averaged. #}
{% test parents_equal_parts(model) %}
    with part as (
        select
            ancestor.ancestor_code, ancestor.ancestor_level, county.measure_id,
            sum(county.numerator) as numerator, sum(county.denominator) as denominator
        from {{ model }} as county
        join {{ ref('region_ancestor') }} as ancestor
            on county.region_code = ancestor.region_code and ancestor.region_level = 'county' and ancestor.distance > 0
        where county.region_level = 'county'
        group by ancestor.ancestor_code, ancestor.ancestor_level, county.measure_id
    )
    select whole.region_code, whole.region_level, whole.measure_id, whole.numerator, part.numerator as parts
    from {{ model }} as whole
    full outer join part
        on whole.region_code = part.ancestor_code and whole.region_level = part.ancestor_level
        and whole.measure_id = part.measure_id
    where coalesce(whole.region_level, '') <> 'county'
        and (whole.numerator is distinct from part.numerator or whole.denominator is distinct from part.denominator)
{% endtest %}

{# A column that holds one of these words and is never blank. #}
{% test known_values(model, column, values) %}
    select {{ column }}
    from {{ model }}
    where {{ column }} is null or {{ column }} not in ('{{ values | join("', '") }}')
{% endtest %}

{# Every county code stands among the divisions of county level. #}
{% test county_is_known(model, column) %}
    select distinct fact.{{ column }}
    from {{ model }} as fact
    left join {{ ref('region') }} as region on fact.{{ column }} = region.region_code and region.region_level = 'county'
    where region.region_code is null
{% endtest %}

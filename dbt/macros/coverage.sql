{# Coverage: from what is counted by county to a row a region and measure (spec 2.2, rulings 6.2.5, 6.2.6, 6.6.5). #}

{# One row a county, measure and part of it out of a table with one row a county: (measure, part, numerator,
   denominator, unknown, entities); a count has no denominator. #}
{% macro county_counts(table, measures) -%}
    {%- for measure_id, part, numerator, denominator, unknown, entities in measures %}
    select
        county_code, '{{ measure_id }}' as measure_id, '{{ part }}' as part,
        cast({{ numerator }} as decimal(18, 2)) as numerator,
        cast({{ denominator or 'null' }} as decimal(18, 2)) as denominator,
        cast({{ unknown }} as bigint) as unknown,
        cast({{ entities }} as bigint) as entities
    from {{ table }}
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
{%- endmacro %}

{# `counted` (county_counts) against what was delivered: has_data is false where a table that the measure reads never
   came for the period, or where nothing is known of any entity. A part whose population was not delivered is no part.
   `measures`: a condition on delivery.measure_id. #}
{% macro county_measures(counted, measures) -%}
    select
        delivery.county_code, delivery.measure_id, delivery.is_remainder, delivery.has_delivered,
        sum(coalesce(counted.numerator, 0)) filter (where delivery.has_population) as numerator,
        sum(coalesce(counted.denominator, 0)) filter (where delivery.has_population) as denominator,
        cast(sum(coalesce(counted.unknown, 0)) filter (where delivery.has_population) as bigint) as unknown,
        coalesce(bool_or(delivery.has_population), false)
        and bool_and(delivery.is_delivered or coalesce(counted.entities, 0) = 0) filter (where delivery.has_population)
        and bool_and(counted.county_code is not null or not delivery.needs_rows)
        and (
            sum(coalesce(counted.entities, 0)) filter (where delivery.has_population) = 0
            or sum(coalesce(counted.unknown, 0)) filter (where delivery.has_population)
                < sum(coalesce(counted.entities, 0)) filter (where delivery.has_population)
        ) as has_data,
        bool_or(delivery.stale) as stale
    from {{ ref('measure_delivery') }} as delivery
    left join {{ counted }} as counted
        on delivery.county_code = counted.county_code and delivery.measure_id = counted.measure_id
        and delivery.part = counted.part
    where {{ measures }}
    group by delivery.county_code, delivery.measure_id, delivery.is_remainder, delivery.has_delivered
    -- 市本级 and 无法归属 stand only where they list somebody
    having not delivery.is_remainder or bool_or(delivery.has_population)
{%- endmacro %}

{# Rows of county_measures, summed up the regions and divided last; a count is its own value. #}
{% macro coverage_rows(county_measure) -%}
    with summed as (
        select
            ancestor.ancestor_code as region_code, ancestor.ancestor_level as region_level, part.measure_id,
            registry.denominator is not null as is_ratio,
            cast(sum(part.numerator) filter (where part.has_data) as decimal(18, 2)) as numerator,
            cast(sum(part.denominator) filter (where part.has_data) as decimal(18, 2)) as denominator,
            cast(sum(coalesce(part.unknown, 0)) as bigint) as unknown,
            cast(count(*) filter (where not part.is_remainder or ancestor.distance = 0 or not part.has_data) as bigint)
                as counties,
            cast(count(*) filter (where not part.has_data) as bigint) as counties_missing,
            coalesce(bool_or(part.stale) filter (where part.has_data), false) as stale
        from {{ county_measure }} as part
        join {{ ref('measure') }} as registry on part.measure_id = registry.measure_id
        join {{ ref('region_ancestor') }} as ancestor
            on part.county_code = ancestor.region_code and ancestor.region_level = 'county'
        group by ancestor.ancestor_code, ancestor.ancestor_level, part.measure_id, registry.denominator is not null
        having bool_or(part.has_delivered)
    ),

    aimed as (
        select
            summed.region_code, summed.region_level, region.region_name, summed.measure_id, summed.is_ratio,
            summed.numerator,
            case when summed.is_ratio then summed.denominator end as denominator,
            summed.unknown, summed.counties, summed.counties_missing, summed.stale,
            case when summed.is_ratio then {{ ratio('summed.numerator', 'summed.denominator') }}
                else cast(summed.numerator as decimal(18, 6)) end as value,
            policy.value as target,
            case when summed.is_ratio
                then summed.numerator >= {{ exact_product('summed.denominator', 'policy.value') }}
                else summed.numerator >= policy.value end as reaches_target
        from summed
        join {{ ref('region') }} as region
            on summed.region_code = region.region_code and summed.region_level = region.region_level
        left join {{ ref('region_policy') }} as policy
            on summed.region_code = policy.region_code and summed.region_level = policy.region_level
            and policy.id = summed.measure_id || '_target'
    )

    select
        region_code, region_level, region_name, measure_id, numerator, denominator, value, target, unknown,
        case when value is not null then reaches_target end as meets_target,
        case
            when numerator is null then '数据缺失'
            when is_ratio and denominator = 0 then '分母为零'
            when target is null then '无目标'
            when reaches_target then '达标'
            else '未达标'
        end as status,
        counties, counties_missing, stale
    from aimed
{%- endmacro %}

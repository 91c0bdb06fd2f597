-- Coverage (spec 2.2, rulings 6.2.5, 6.6.5): counted once by county, summed up the regions, divided last.

with run as (
    select report_month, report_year, as_of from {{ ref('run_month') }}
),

age_policy as (
    {{ county_policies(['update_year_lag', 'update_recent_months', 'stale_year_lag', 'stale_months']) }}
),

farm as (
    select
        farm.county_code,
        farm.farm_code is not null as is_coded,
        farm.code_unknown,
        farm.data_year is null and farm.updated_on is null as age_unknown,
        coalesce(
            farm.data_year >= run.report_year - age_policy.update_year_lag,
            farm.updated_on >= {{ add_months('run.as_of', '-age_policy.update_recent_months') }}, false
        ) as is_updated,
        coalesce(farm.data_year >= run.report_year - age_policy.stale_year_lag, false)
        or coalesce(farm.updated_on >= {{ add_months('run.as_of', '-age_policy.stale_months') }}, false) as is_fresh
    from {{ ref('family_farm') }} as farm
    cross join run
    left join age_policy on farm.county_code = age_policy.policy_county
    where farm.status = 'listed'
),

farm_county as (
    select
        county_code,
        count(*) as farms,
        count(*) filter (where is_coded) as coded,
        count(*) filter (where code_unknown) as code_unknown,
        count(*) filter (where is_updated) as updated,
        count(*) filter (where not is_fresh and not age_unknown) as stale_2y,
        count(*) filter (where age_unknown) as age_unknown
    from farm
    group by county_code
),

farm_delivery as (
    select county_code, min(delivered_on) as delivered_on
    from {{ ref('delivery_choice') }}
    where table_id = 'farm_directory.farm'
    group by county_code
),

-- One row a county and measure; nothing known of any farm is no data, not a rate of 0.
county_measure as (
    {%- for measure_id, numerator, unknown in [
        ('farm_code_rate', 'coded', 'code_unknown'),
        ('farm_update_rate', 'updated', 'age_unknown'),
        ('farm_stale_2y', 'stale_2y', 'age_unknown'),
    ] %}
    select
        county.county_code, '{{ measure_id }}' as measure_id, county.has_delivered, county.is_remainder,
        coalesce(farm_county.{{ numerator }}, 0) as numerator,
        coalesce(farm_county.farms, 0) as denominator,
        coalesce(farm_county.{{ unknown }}, 0) as unknown,
        farm_delivery.delivered_on < run.report_month as stale,
        farm_delivery.county_code is not null
        and (coalesce(farm_county.farms, 0) = 0 or farm_county.{{ unknown }} < farm_county.farms) as has_data
    from {{ ref('county_in_view') }} as county
    cross join run
    left join farm_delivery on county.county_code = farm_delivery.county_code
    left join farm_county on county.county_code = farm_county.county_code
    where farm_delivery.county_code is not null or not county.is_remainder
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
),

summed as (
    select
        ancestor.ancestor_code as region_code, ancestor.ancestor_level as region_level, part.measure_id,
        cast(sum(part.numerator) filter (where part.has_data) as decimal(18, 2)) as numerator,
        cast(sum(part.denominator) filter (where part.has_data) as decimal(18, 2)) as denominator,
        cast(sum(part.unknown) as bigint) as unknown,
        cast(count(*) filter (where not part.is_remainder or ancestor.distance = 0) as bigint) as counties,
        cast(count(*) filter (where not part.has_data) as bigint) as counties_missing,
        coalesce(bool_or(part.stale) filter (where part.has_data), false) as stale
    from county_measure as part
    join {{ ref('region_ancestor') }} as ancestor
        on part.county_code = ancestor.region_code and ancestor.region_level = 'county'
    group by ancestor.ancestor_code, ancestor.ancestor_level, part.measure_id
    having bool_or(part.has_delivered)
),

aimed as (
    select
        summed.region_code, summed.region_level, region.region_name, summed.measure_id,
        summed.numerator, summed.denominator, summed.unknown, summed.counties, summed.counties_missing, summed.stale,
        {{ ratio('summed.numerator', 'summed.denominator') }} as value,
        policy.value as target,
        summed.numerator >= {{ exact_product('summed.denominator', 'policy.value') }} as reaches_target
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
        when denominator is null then '数据缺失'
        when denominator = 0 then '分母为零'
        when target is null then '无目标'
        when reaches_target then '达标'
        else '未达标'
    end as status,
    counties, counties_missing, stale
from aimed

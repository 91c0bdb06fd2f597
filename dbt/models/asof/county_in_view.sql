-- Counties that the month speaks of: those of the configured scopes, and those that delivered anything.

with configured as (
    select distinct ancestor.region_code as county_code
    from {{ ref('region_ancestor') }} as ancestor
    join {{ ref('region') }} as region
        on ancestor.region_code = region.region_code and ancestor.region_level = region.region_level
    cross join {{ ref('run_month') }} as run
    where ancestor.region_level = 'county' and not region.is_remainder
        and ',' || run.scopes || ',' like '%,' || ancestor.ancestor_code || ',%'
),

delivered as (
    select distinct batch.county_code
    from {{ ref('delivery_batch') }} as batch
    join {{ ref('source_table') }} as source_table on batch.table_id = source_table.table_id
    where source_table.expected_level = 'county'
)

select
    region.region_code as county_code,
    region.parent_code as prefecture_code,
    region.is_remainder,
    configured.county_code is not null
        or (run.scopes = '' and delivered.county_code is not null and not region.is_remainder) as is_configured,
    delivered.county_code is not null as has_delivered
from {{ ref('region') }} as region
cross join {{ ref('run_month') }} as run
left join configured on region.region_code = configured.county_code
left join delivered on region.region_code = delivered.county_code
where region.region_level = 'county'
    and (configured.county_code is not null or delivered.county_code is not null)

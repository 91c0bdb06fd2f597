-- Every region with itself and the regions that enclose it; distance 0 is the region itself.

with region as (
    select region_code, region_level, parent_code, is_remainder from {{ ref('region') }}
),

prefecture as (
    select region_code, parent_code from region where region_level = 'prefecture'
),

chain as (
    select region_code, region_level, region_code as ancestor_code, region_level as ancestor_level, 0 as distance
    from region

    union all
    select region_code, region_level, parent_code, 'prefecture', 1
    from region
    where region_level = 'county'

    union all
    select county.region_code, county.region_level, prefecture.parent_code, 'province', 2
    from region as county
    join prefecture on county.parent_code = prefecture.region_code
    where county.region_level = 'county'

    union all
    select region_code, region_level, parent_code, 'province', 1
    from region
    where region_level = 'prefecture'

    union all
    select region_code, region_level, '000000', 'nation', 3
    from region
    where region_level <> 'nation'
)

select region_code, region_level, ancestor_code, ancestor_level, distance from chain

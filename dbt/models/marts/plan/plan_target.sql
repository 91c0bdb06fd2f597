-- The plan's targets as printed (004 附件). The five-star cell of a year is one merged cell: it is the prefecture's.

with placed as (
    select
        target.county_code, target.county_name, target.year, target.indicator, target.target,
        coalesce(target.is_city_wide, false) as is_city_wide, region.parent_code as prefecture_code,
        target.content_hash, target.file_name, target.sheet, target.row_number, target.snapshot_date,
        min(target.row_number) over (partition by region.parent_code, target.county_code) as first_row
    from {{ ref('asof_supply_coop__target') }} as target
    left join {{ ref('region') }} as region
        on target.county_code = region.region_code and region.region_level = 'county'
)

select
    case when is_city_wide then prefecture_code else county_code end as region_code,
    case when is_city_wide then 'prefecture' else 'county' end as region_level,
    prefecture_code,
    case when not is_city_wide then county_name end as county_label,
    year, indicator, target, is_city_wide,
    dense_rank() over (partition by prefecture_code order by first_row, county_code) as print_order,
    content_hash, file_name, sheet, row_number, snapshot_date
from placed

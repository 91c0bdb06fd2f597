-- 任务分配表 as printed (002 附件1), of the newest delivery of each year and prefecture.

select
    quota.year, region.parent_code as prefecture_code, quota.county_code, quota.county_name as county_label,
    quota.coops, quota.farms, quota.remark,
    row_number() over (
        partition by quota.year, region.parent_code order by quota.file_name, quota.sheet, quota.row_number
    ) as print_order,
    quota.content_hash, quota.file_name, quota.sheet, quota.row_number, quota.snapshot_date
from {{ ref('asof_programme__quota') }} as quota
left join {{ ref('region') }} as region
    on quota.county_code = region.region_code and region.region_level = 'county'

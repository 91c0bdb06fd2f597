-- Names that stand at the front of an entity's name (spec 2.9): the county's and its prefecture's.

select county.region_code as county_code, county.region_name as county_name, prefecture.region_name as prefecture_name
from {{ ref('region') }} as county
join {{ ref('region') }} as prefecture
    on county.parent_code = prefecture.region_code and prefecture.region_level = 'prefecture'
where county.region_level = 'county'

-- Every parameter as it holds in every region: the row of the nearest enclosing region (spec 2).

with candidate as (
    select
        ancestor.region_code, ancestor.region_level, policy.id, policy.value, policy.basis, policy.effective_to,
        row_number() over (
            partition by ancestor.region_code, ancestor.region_level, policy.id order by ancestor.distance
        ) as place
    from {{ ref('region_ancestor') }} as ancestor
    join {{ ref('region') }} as region
        on ancestor.ancestor_code = region.region_code and ancestor.ancestor_level = region.region_level
    join {{ ref('policy_in_force') }} as policy on ancestor.ancestor_code = policy.region_code
    where not region.is_remainder
)

select region_code, region_level, id, value, basis, effective_to
from candidate
where place = 1

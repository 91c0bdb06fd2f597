-- Which entity of one system is which of another (spec 2, 2.9): by decision of the office, else by credit code or 一码通,
-- else by the normalised name inside one county where it is unique on both sides. Names never join across counties,
-- nor two entities whose codes are both known.

with side as (
    select system, entity_type, county_code, key, credit_code, farm_code, normal_name, in_force
    from {{ ref('entity_side') }}
),

decided as (
    select pair, left_key, right_key, decision from {{ ref('entity_decision') }}
),

same as (
    select pair, left_key, right_key from decided where decision = '同一'
),

coded as (
    select kind.pair, ours.key as left_key, theirs.key as right_key
    from {{ ref('entity_pair_kind') }} as kind
    join side as theirs on kind.right_system = theirs.system and kind.entity_type = theirs.entity_type
    join side as ours
        on kind.left_system = ours.system and kind.entity_type = ours.entity_type
        and theirs.credit_code = ours.credit_code
    union
    select kind.pair, ours.key, theirs.key
    from {{ ref('entity_pair_kind') }} as kind
    join side as theirs on kind.right_system = theirs.system and kind.entity_type = theirs.entity_type
    join side as ours
        on kind.left_system = ours.system and kind.entity_type = ours.entity_type
        and theirs.farm_code = ours.farm_code
),

by_code as (
    select coded.pair, coded.left_key, coded.right_key
    from coded
    anti join decided
        on coded.pair = decided.pair and coded.left_key = decided.left_key and coded.right_key = decided.right_key
    anti join same as left_taken on coded.pair = left_taken.pair and coded.left_key = left_taken.left_key
    anti join same as right_taken on coded.pair = right_taken.pair and coded.right_key = right_taken.right_key
),

settled as (
    select pair, left_key, right_key, '人工认定' as matched_by from same
    union all
    select pair, left_key, right_key, '编码' from by_code
),

-- what is left over on the other side, and everyone of that name on ours
open_right as (
    select kind.pair, kind.left_system, kind.right_system, theirs.entity_type, theirs.county_code, theirs.key, theirs.normal_name,
        theirs.credit_code, theirs.farm_code
    from {{ ref('entity_pair_kind') }} as kind
    join side as theirs on kind.right_system = theirs.system and kind.entity_type = theirs.entity_type
    anti join settled on kind.pair = settled.pair and theirs.key = settled.right_key
),

namesake as (
    select
        open_right.pair, ours.key as left_key, open_right.key as right_key, open_right.right_system,
        open_right.entity_type, open_right.county_code, open_right.normal_name,
        coalesce(ours.credit_code is null or open_right.credit_code is null, true)
        and coalesce(ours.farm_code is null or open_right.farm_code is null, true) as can_be_one,
        count(*) over (partition by open_right.pair, open_right.key) as ours_of_that_name
    from open_right
    join side as ours
        on open_right.left_system = ours.system and open_right.entity_type = ours.entity_type
        and open_right.county_code = ours.county_code and open_right.normal_name = ours.normal_name
    where ours.in_force
),

theirs_of_that_name as (
    select namesake.pair, namesake.right_key, count(distinct theirs.key) as named
    from namesake
    join side as theirs
        on namesake.right_system = theirs.system and namesake.entity_type = theirs.entity_type
        and namesake.county_code = theirs.county_code and namesake.normal_name = theirs.normal_name
    group by namesake.pair, namesake.right_key
),

by_name as (
    select namesake.pair, namesake.left_key, namesake.right_key
    from namesake
    join theirs_of_that_name
        on namesake.pair = theirs_of_that_name.pair and namesake.right_key = theirs_of_that_name.right_key
    anti join decided
        on namesake.pair = decided.pair and namesake.left_key = decided.left_key
        and namesake.right_key = decided.right_key
    anti join settled on namesake.pair = settled.pair and namesake.left_key = settled.left_key
    where namesake.ours_of_that_name = 1 and theirs_of_that_name.named = 1 and namesake.can_be_one
)

select pair, left_key, right_key, matched_by from settled
union all
select pair, left_key, right_key, '名称' from by_name

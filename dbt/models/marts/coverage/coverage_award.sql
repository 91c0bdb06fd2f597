-- Coverage of the report year's subsidised entities (spec 2.2): one row an entity. Cooperatives are updated and flagged
-- in 新农直报, farms in the directory (002 五(四)).

with award as (
    select award.county_code, award.entity_type, award.key, award.year, award.recognised_on
    from {{ ref('subsidised_entity') }} as award
    cross join {{ ref('run_month') }} as run
    where award.year = run.report_year
),

found as (
    select pair.left_key as key, '农民合作社' as entity_type, direct.updated_on, direct.subsidy_flag, direct.subsidy_year
    from {{ ref('entity_pair') }} as pair
    join {{ ref('asof_direct_report__entity') }} as direct
        on pair.right_key = {{ entity_name_key('direct') }} and direct.entity_type = '农民合作社'
    where pair.pair = 'award_direct'
    union all
    select pair.left_key, '家庭农场', farm.updated_on, farm.subsidy_flag, farm.subsidy_year
    from {{ ref('entity_pair') }} as pair
    join {{ ref('family_farm') }} as farm on pair.right_key = farm.key and farm.status = 'listed'
    where pair.pair = 'award_directory'
),

asked as (
    select
        award.county_code, award.entity_type, award.key,
        count(found.key) as entries,
        bool_or(found.updated_on >= award.recognised_on) as is_updated,
        bool_or(found.updated_on is null) as update_blank,
        bool_or(found.subsidy_flag and coalesce(found.subsidy_year = award.year, true)) as is_flagged,
        bool_or(found.subsidy_flag is null) as flag_blank,
        max(award.recognised_on) as recognised_on
    from award
    left join found on award.key = found.key and award.entity_type = found.entity_type
    group by award.county_code, award.entity_type, award.key
)

select
    key, county_code, entity_type,
    coalesce(is_updated, false) as is_updated,
    -- not listed there is not updated; a blank date on either side is unknown
    not coalesce(is_updated, false) and entries > 0 and (recognised_on is null or update_blank) as update_unknown,
    coalesce(is_flagged, false) as is_flagged,
    not coalesce(is_flagged, false) and entries > 0 and flag_blank as flag_unknown
from asked

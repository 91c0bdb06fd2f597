-- Composition of the members of each coop-year (law Arts 12, 20, 56), compared as counts; null = unknown.
-- A member of unknown kind could be anything, so a test that hangs on one is unknown.

with threshold as (
    {{ county_policies(['members_minimum', 'union_members_minimum', 'farmer_share_minimum', 'unit_small_group',
        'unit_small_maximum', 'unit_share_maximum']) }}
),

counted as (
    select
        summary.credit_code, summary.fiscal_year,
        coalesce(coop.county_code, summary.county_code) as county_code,
        coalesce(coop.is_union, false) as is_union, coalesce(coop.in_force, false) as in_force,
        summary.members, summary.farmer_members, summary.member_coops, summary.kind_unknown_members,
        summary.organisation_members
        + case when coalesce(coop.is_union, false) then 0 else summary.member_coops end as unit_members
    from {{ ref('account_summary') }} as summary
    left join {{ ref('cooperative') }} as coop on summary.credit_code = coop.key
),

county_mean as (
    select county_code, fiscal_year, cast(sum(members) as bigint) as members, count(*) as coops
    from counted
    where in_force and not is_union
    group by county_code, fiscal_year
),

tested as (
    select
        counted.credit_code, counted.fiscal_year, counted.is_union,
        counted.members, counted.farmer_members, counted.unit_members, counted.member_coops,
        counted.kind_unknown_members,
        case
            when not counted.is_union then counted.members >= threshold.members_minimum
            when counted.member_coops >= threshold.union_members_minimum then true
            when counted.member_coops + counted.kind_unknown_members < threshold.union_members_minimum then false
        end as members_enough,
        case
            when counted.is_union or counted.members = 0 then null
            when counted.farmer_members >= threshold.farmer_share_minimum * counted.members then true
            when counted.farmer_members + counted.kind_unknown_members
                < threshold.farmer_share_minimum * counted.members then false
        end as farmers_enough,
        case
            when counted.members <= threshold.unit_small_group then threshold.unit_small_maximum
            else threshold.unit_share_maximum * counted.members
        end as unit_limit,
        case
            when counted.is_union then null
            when counted.unit_members + counted.kind_unknown_members <= unit_limit then true
            when counted.unit_members > unit_limit then false
        end as units_within,
        county_mean.members as mean_members, county_mean.coops as mean_coops
    from counted
    left join threshold on counted.county_code = threshold.policy_county
    left join county_mean
        on counted.county_code = county_mean.county_code and counted.fiscal_year = county_mean.fiscal_year
)

select
    credit_code, fiscal_year, members, farmer_members, unit_members, member_coops, kind_unknown_members,
    {{ ratio('farmer_members', 'members') }} as farmer_share,
    members_enough, farmers_enough, units_within,
    case
        when not members_enough or not coalesce(farmers_enough, true) or not coalesce(units_within, true) then '不符合'
        when members_enough and (is_union or (farmers_enough and units_within)) then '符合'
        else '数据缺失'
    end as composition_status,
    {{ ratio('mean_members', 'mean_coops') }} as county_mean_members,
    case when not is_union then members * mean_coops > mean_members end as above_county_mean
from tested

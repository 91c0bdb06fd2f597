-- Affiliates of the federations that count in the plan (spec 2.7, rulings 6.2.8): on the roster, in force, not released.
-- One row a cooperative. A veto leaves an official rating as it is, but it counts nowhere here (rulings 6.6.9).

with run as (
    select as_of from {{ ref('run_month') }}
),

limits as (
    {{ county_policies(['plan_star_minimum', 'plan_five_star']) }}
),

roster as (
    select
        affiliate.credit_code, affiliate.name, affiliate.county_code, affiliate.member_households,
        coalesce(affiliate.mode <> '无' and coalesce(affiliate.affiliated_on <= run.as_of, true), false) as is_led,
        coalesce(affiliate.is_member and coalesce(affiliate.joined_on <= run.as_of, true), false) as is_member,
        coalesce(affiliate.is_guided, false) as is_guided
    from {{ ref('asof_supply_coop__affiliate') }} as affiliate
    cross join run
    join {{ ref('cooperative') }} as coop on affiliate.credit_code = coop.credit_code and coop.in_force
    where coalesce(affiliate.released_on > run.as_of, true)
)

select
    roster.credit_code, roster.name, roster.county_code, roster.member_households, roster.is_led,
    star.stars, star.rating_source,
    coalesce(star.stars >= limits.plan_star_minimum and star.veto is null, false) as is_star,
    coalesce(star.stars >= limits.plan_five_star and star.veto is null, false) as is_five_star,
    star.stars is null and star.veto is null and star.rating_status is distinct from '不予评定' as is_star_unknown
from roster
left join {{ ref('star_rating') }} as star on roster.credit_code = star.credit_code
left join limits on roster.county_code = limits.policy_county
where roster.is_led or roster.is_member or roster.is_guided

-- Coverage of supported cooperatives (spec 2.2): awarded in the report year or served under a contract in term; one row
-- a cooperative, once though it be both.

with award as (
    select award.county_code, award.key
    from {{ ref('subsidised_entity') }} as award
    cross join {{ ref('run_month') }} as run
    where award.year = run.report_year and award.entity_type = '农民合作社'
),

client as (
    select county_code, key, accounts_sound, proxy_bookkeeping
    from {{ ref('client_in_term') }}
    where entity_type = '农民合作社'
),

both_ways as (
    select left_key as award_key, right_key as client_key from {{ ref('entity_pair') }} where pair = 'award_client'
),

in_direct as (
    select distinct pair, left_key as key
    from {{ ref('entity_pair') }}
    where pair in ('award_direct', 'client_direct')
),

supported as (
    select
        award.county_code, award.key, false as is_client,
        cast(null as boolean) as accounts_sound, cast(null as boolean) as proxy_bookkeeping,
        in_direct.key is not null as is_in_direct
    from award
    left join in_direct on in_direct.pair = 'award_direct' and award.key = in_direct.key
    union all
    select
        client.county_code, coalesce(both_ways.award_key, client.key), true,
        client.accounts_sound, client.proxy_bookkeeping,
        in_direct.key is not null
    from client
    left join both_ways on client.key = both_ways.client_key
    left join in_direct on in_direct.pair = 'client_direct' and client.key = in_direct.key
)

select
    key, county_code,
    bool_or(is_client) as is_client,
    bool_or(is_in_direct) as is_in_direct,
    coalesce(bool_and(accounts_sound), false) as accounts_sound,
    bool_or(is_client) and bool_and(accounts_sound) is null as accounts_unknown,
    coalesce(bool_or(proxy_bookkeeping), false) as proxy_bookkeeping,
    bool_or(is_client) and bool_or(proxy_bookkeeping) is null as proxy_unknown
from supported
group by key, county_code

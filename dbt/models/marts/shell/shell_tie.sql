-- Cooperatives in force that share a legal representative (name and telephone) or a domicile down to the house number
-- (K11), one row a cooperative and kind of tie; a group's members hang together by one key, never pair by pair.

with tie as (
    select credit_code, 'representative' as limb, representative_key as tie_key
    from {{ ref('shell_subject') }}
    where representative_key is not null
    union all
    select credit_code, 'domicile', domicile_key
    from {{ ref('shell_subject') }}
    where domicile_key is not null
),

subsidised as (
    select distinct credit_code from {{ ref('shell_award') }}
)

select
    tie.credit_code, tie.limb, tie.tie_key,
    cast(count(*) over (partition by tie.limb, tie.tie_key) - 1 as bigint) as others,
    cast(count(subsidised.credit_code) over (partition by tie.limb, tie.tie_key) as bigint) as group_subsidised
from tie
left join subsidised on tie.credit_code = subsidised.credit_code

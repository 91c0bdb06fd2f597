-- Decisions of the office on pairs of entities (office.entity_link): the newest of each pair, our system on the left.

with link as (
    select
        decision.left_key, decision.right_key, decision.decision, decision.decided_by, decision.decided_on,
        decision.received_order,
        coalesce(left_word.system, decision.left_system) as left_system,
        coalesce(right_word.system, decision.right_system) as right_system
    from {{ ref('asof_office__entity_link') }} as decision
    left join {{ ref('entity_system') }} as left_word on decision.left_system = left_word.word
    left join {{ ref('entity_system') }} as right_word on decision.right_system = right_word.word
),

-- written either way round
turned as (
    select left_system, left_key, right_system, right_key, decision, decided_by, decided_on, received_order
    from link
    union all
    select right_system, right_key, left_system, left_key, decision, decided_by, decided_on, received_order
    from link
),

placed as (
    select
        kind.pair, turned.left_key as left_word, turned.right_key as right_word, turned.decision, turned.decided_by,
        turned.decided_on,
        turned.received_order, kind.left_system, kind.right_system, kind.entity_type,
        turned.left_system = kind.left_system as is_named_system
    from turned
    join {{ ref('entity_pair_kind') }} as kind on turned.right_system = kind.right_system
),

-- a key is a code (which stands for the entity in every list of ours), the key of our table, or a name that is one there
named as (
    select distinct
        placed.pair, placed.left_word, placed.right_word, side.key as left_key, placed.right_system,
        placed.entity_type, placed.decision, placed.decided_by, placed.decided_on, placed.received_order
    from placed
    join {{ ref('entity_side') }} as side
        on placed.left_system = side.system and placed.entity_type = side.entity_type
        and (
            placed.left_word in (side.credit_code, side.farm_code)
            or (placed.is_named_system and placed.left_word in (side.key, side.name))
        )
),

resolved as (
    select distinct
        named.pair, named.left_key, side.key as right_key, named.decision, named.decided_by, named.decided_on,
        named.received_order,
        count(*) over (partition by named.pair, named.left_word, named.right_word, named.decided_on) as readings
    from named
    join {{ ref('entity_side') }} as side
        on named.right_system = side.system and named.entity_type = side.entity_type
        and named.right_word in (side.key, side.credit_code, side.farm_code, side.name)
),

newest as (
    select
        pair, left_key, right_key, decision, decided_by, decided_on,
        row_number() over (
            partition by pair, left_key, right_key order by decided_on desc, received_order desc, decision
        ) as place
    from resolved
    where readings = 1
)

select pair, left_key, right_key, decision, decided_by, decided_on
from newest
where place = 1

-- For each delivery of a scope, the newest complete one up to it (spec 1.1: an incomplete one leaves the older rows,
-- until a person accepts it).
-- Deliveries are first compared with the one before; only scopes where one of these looks incomplete are walked
-- step by step, each delivery compared with the one in force.

with recursive threshold as (
    {{ county_policies(['incomplete_share', 'incomplete_minimum']) }}
),

-- A township scope also holds the files of its whole county (is_own = false).
batch as (
    select
        batch.table_id, batch.scope_key, batch.batch_no, batch.is_own, batch.is_accepted, batch.county_code,
        batch.snapshot_date, threshold.incomplete_share, threshold.incomplete_minimum,
        bool_or(not batch.is_own) over (partition by batch.table_id, batch.scope_key) as is_narrow
    from {{ ref('delivery_batch') }} as batch
    left join threshold on batch.county_code = threshold.policy_county
    where batch.batches > 1
),

listed as (
    select table_id, scope_key, batch_no, entity_key from {{ ref('delivery_key') }}
),

size as (
    select table_id, scope_key, batch_no, count(*) as keys
    from listed
    group by table_id, scope_key, batch_no
),

shared_with_next as (
    select older.table_id, older.scope_key, older.batch_no, count(*) as shared
    from listed as older
    join listed as newer
        on older.table_id = newer.table_id and older.scope_key = newer.scope_key
        and older.entity_key = newer.entity_key and older.batch_no + 1 = newer.batch_no
    group by older.table_id, older.scope_key, older.batch_no
),

step as (
    select
        batch.table_id, batch.scope_key, batch.batch_no, batch.is_accepted, batch.incomplete_share, batch.incomplete_minimum,
        coalesce(size.keys, 0) as older_keys,
        coalesce(size.keys, 0) - coalesce(shared_with_next.shared, 0) as removed
    from batch
    left join size
        on batch.table_id = size.table_id and batch.scope_key = size.scope_key
        and batch.batch_no = size.batch_no + 1
    left join shared_with_next
        on batch.table_id = shared_with_next.table_id and batch.scope_key = shared_with_next.scope_key
        and batch.batch_no = shared_with_next.batch_no + 1
    where not batch.is_narrow
),

doubtful_scope as (
    select distinct table_id, scope_key
    from step
    where not is_accepted and {{ is_doubtful('removed', 'older_keys') }}
),

narrow_scope as (
    select distinct table_id, scope_key from batch where is_narrow
),

walked_scope as (
    select table_id, scope_key from doubtful_scope
    union
    select table_id, scope_key from narrow_scope
),

pair as (
    select older.table_id, older.scope_key, older.batch_no as older_no, newer.batch_no as newer_no, count(*) as shared
    from listed as older
    join walked_scope on older.table_id = walked_scope.table_id and older.scope_key = walked_scope.scope_key
    join listed as newer
        on older.table_id = newer.table_id and older.scope_key = newer.scope_key
        and older.entity_key = newer.entity_key and older.batch_no < newer.batch_no
    group by older.table_id, older.scope_key, older.batch_no, newer.batch_no
),

{{ walk('plain_walk', 'doubtful_scope',
    'not stepped.is_accepted and ' ~ is_doubtful('stepped.removed', 'stepped.older_keys')) }},

held_back as (
    select batch.table_id, batch.scope_key, batch.snapshot_date
    from plain_walk
    join batch
        on plain_walk.table_id = batch.table_id and plain_walk.scope_key = batch.scope_key
        and plain_walk.batch_no = batch.batch_no
    where plain_walk.effective_no < plain_walk.batch_no
),

-- A township's own file is compared with the rows in force; a county's file stands or falls with the county.
{% call walk('narrow_walk', 'narrow_scope',
    'case when stepped.is_accepted then false when stepped.is_own then ' ~ is_doubtful('stepped.removed', 'stepped.older_keys')
    ~ ' else held_back.scope_key is not null end') %}
        left join held_back
            on stepped.table_id = held_back.table_id and stepped.snapshot_date = held_back.snapshot_date
            and (
                stepped.county_code = held_back.scope_key
                or ({{ is_whole('held_back.scope_key') }} and stepped.scope_key like replace(held_back.scope_key, '*', '%'))
            )
{% endcall %}

select table_id, scope_key, batch_no, effective_no, removed, older_keys from plain_walk
union all
select table_id, scope_key, batch_no, effective_no, removed, older_keys from narrow_walk
union all
select step.table_id, step.scope_key, step.batch_no, step.batch_no, step.removed, step.older_keys
from step
left join doubtful_scope on step.table_id = doubtful_scope.table_id and step.scope_key = doubtful_scope.scope_key
where doubtful_scope.scope_key is null

-- For each delivery of a scope, the newest complete one up to it (spec 1.1: an incomplete one leaves the older rows).
-- Deliveries are first compared with the one before; only scopes where one of these looks incomplete are walked
-- step by step, each delivery compared with the one in force.

with recursive threshold as (
    {{ county_policies(['incomplete_share', 'incomplete_minimum']) }}
),

batch as (
    select
        batch.table_id, batch.scope_key, batch.batch_no,
        threshold.incomplete_share, threshold.incomplete_minimum
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
        batch.table_id, batch.scope_key, batch.batch_no, batch.incomplete_share, batch.incomplete_minimum,
        coalesce(size.keys, 0) as older_keys,
        coalesce(size.keys, 0) - coalesce(shared_with_next.shared, 0) as removed
    from batch
    left join size
        on batch.table_id = size.table_id and batch.scope_key = size.scope_key
        and batch.batch_no = size.batch_no + 1
    left join shared_with_next
        on batch.table_id = shared_with_next.table_id and batch.scope_key = shared_with_next.scope_key
        and batch.batch_no = shared_with_next.batch_no + 1
),

doubtful_scope as (
    select distinct table_id, scope_key
    from step
    where {{ is_doubtful('removed', 'older_keys') }}
),

pair as (
    select older.table_id, older.scope_key, older.batch_no as older_no, newer.batch_no as newer_no, count(*) as shared
    from listed as older
    join doubtful_scope on older.table_id = doubtful_scope.table_id and older.scope_key = doubtful_scope.scope_key
    join listed as newer
        on older.table_id = newer.table_id and older.scope_key = newer.scope_key
        and older.entity_key = newer.entity_key and older.batch_no < newer.batch_no
    group by older.table_id, older.scope_key, older.batch_no, newer.batch_no
),

walk as (
    select table_id, scope_key, cast(1 as bigint) as batch_no, cast(1 as bigint) as effective_no, cast(0 as bigint) as removed
    from doubtful_scope

    union all
    select
        walk.table_id, walk.scope_key, batch.batch_no,
        case when {{ is_doubtful('coalesce(size.keys, 0) - coalesce(pair.shared, 0)', 'coalesce(size.keys, 0)') }}
            then walk.effective_no else batch.batch_no
        end,
        coalesce(size.keys, 0) - coalesce(pair.shared, 0)
    from walk
    join batch
        on walk.table_id = batch.table_id and walk.scope_key = batch.scope_key and walk.batch_no + 1 = batch.batch_no
    left join size
        on walk.table_id = size.table_id and walk.scope_key = size.scope_key and walk.effective_no = size.batch_no
    left join pair
        on walk.table_id = pair.table_id and walk.scope_key = pair.scope_key
        and walk.effective_no = pair.older_no and batch.batch_no = pair.newer_no
)

select table_id, scope_key, batch_no, effective_no, removed from walk
union all
select step.table_id, step.scope_key, step.batch_no, step.batch_no, step.removed
from step
left join doubtful_scope on step.table_id = doubtful_scope.table_id and step.scope_key = doubtful_scope.scope_key
where doubtful_scope.scope_key is null

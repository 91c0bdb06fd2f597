-- The delivery of each scope that counts in the month (spec 1.1, "Which rows count in a month").

with run as (
    select report_month, as_of, {{ national_policy('delivery_window_days') }} as national_window_days
    from {{ ref('run_month') }}
),

window_policy as (
    {{ county_policies(['delivery_window_days', 'delivery_blocking_share']) }}
),

dated as (
    select
        batch.table_id, batch.scope_key, batch.batch_no, batch.snapshot_date,
        case
            when batch.snapshot_date > run.as_of then '月后导出'
            when batch.delivery = 'events' then '当期'
            when batch.snapshot_date > {{ add_days('run.as_of', '-coalesce(delivery_window_days, national_window_days)') }} then '当期'
            when batch.snapshot_date >= run.report_month then '月内'
            else '过期'
        end as state,
        case
            when batch.delivery = 'events' then 'a'
            when batch.snapshot_date > run.as_of then 'b'
            when batch.snapshot_date > {{ add_days('run.as_of', '-coalesce(delivery_window_days, national_window_days)') }} then 'a'
            else 'c'
        end as preference
    from {{ ref('delivery_batch') }} as batch
    cross join run
    left join window_policy on batch.county_code = window_policy.policy_county
),

-- The newest of its kind; after the month's end the earliest.
ranked as (
    select
        table_id, scope_key, batch_no, state,
        row_number() over (
            partition by table_id, scope_key
            order by preference, case when preference = 'b' then snapshot_date end nulls last, snapshot_date desc
        ) as place
    from dated
),

judged as (
    select
        ranked.table_id, ranked.scope_key, ranked.batch_no as candidate_no,
        coalesce(chain.effective_no, ranked.batch_no) as effective_no,
        case when chain.effective_no < ranked.batch_no then '疑似不完整' else ranked.state end as state,
        case when chain.effective_no < ranked.batch_no then chain.removed end as removed,
        case when chain.effective_no < ranked.batch_no then chain.older_keys end as older_keys
    from ranked
    left join {{ ref('delivery_chain') }} as chain
        on ranked.table_id = chain.table_id and ranked.scope_key = chain.scope_key and ranked.batch_no = chain.batch_no
    where ranked.place = 1
),

-- A county's delivery that the screening held back leaves the older one in force, marked (spec 3.2).
blocked as (
    select table_id, unit, max(snapshot_date) as blocked_on
    from {{ ref('blocked_delivery') }}
    group by table_id, unit
)

select
    judged.table_id, judged.scope_key, counted.scope, counted.county_code, counted.is_own,
    counted.snapshot_date as delivered_on, counted.file_count, counted.sheet_count, counted.rows,
    case when blocked.blocked_on is not null and judged.state <> '疑似不完整' then '过期' else judged.state end as state,
    judged.removed,
    coalesce(judged.removed > window_policy.delivery_blocking_share * judged.older_keys, false) as drops_most,
    blocked.blocked_on,
    held_back.snapshot_date as suspect_on,
    held_back.rows as suspect_rows
from judged
join {{ ref('delivery_batch') }} as counted
    on judged.table_id = counted.table_id and judged.scope_key = counted.scope_key
    and judged.effective_no = counted.batch_no
left join {{ ref('delivery_batch') }} as held_back
    on judged.table_id = held_back.table_id and judged.scope_key = held_back.scope_key
    and judged.candidate_no = held_back.batch_no and judged.effective_no < judged.candidate_no
left join blocked
    on judged.table_id = blocked.table_id and (counted.county_code = blocked.unit or counted.scope = blocked.unit)
    and counted.snapshot_date < blocked.blocked_on
left join window_policy on counted.county_code = window_policy.policy_county

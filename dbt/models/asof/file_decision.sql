-- What people decided about files (office.delivery_decision), by content hash or by file name: the newest word counts.
-- It is about a delivery of the month, not an event of it: known until the month's books close (policy row).

with run as (
    select as_of, {{ national_policy('events_known_days') }} as events_known_days from {{ ref('run_month') }}
),

file as (
    select distinct content_hash, file_name from {{ source('landing', 'sheets') }}
),

decided as (
    select
        file.content_hash, decision.decision, decision.decided_on,
        row_number() over (
            partition by file.content_hash
            order by
                coalesce(decision.decided_on, decision.snapshot_date) desc, decision.snapshot_date desc,
                decision.received_order desc, decision.row_number desc
        ) as place
    from {{ source('office', 'delivery_decision') }} as decision
    cross join run
    join file
        on decision.file = file.content_hash or decision.file = file.file_name
        or file.file_name like '%/' || decision.file
    where not coalesce(decision.is_superseded, false)
        and decision.decision in ('采用', '不采用')
        and coalesce(decision.decided_on, decision.snapshot_date)
            <= {{ add_days('run.as_of', 'run.events_known_days') }}
)

select content_hash, decision = '采用' as is_accepted, decided_on
from decided
where place = 1

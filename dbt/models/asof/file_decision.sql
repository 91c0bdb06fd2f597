-- What people decided about files (office.delivery_decision), by content hash or by file name: the newest word counts. A
-- correction (退回清单) goes with the file that it corrects unless it has a word of its own; it can correct several files,
-- so the grain is a sheet.
-- It is about a delivery of the month, not an event of it: known until the month's books close (policy row).

with run as (
    select as_of, is_restatement, {{ national_policy('events_known_days') }} as events_known_days from {{ ref('run_month') }}
),

file as (
    select distinct content_hash, file_name from {{ source('landing', 'sheets') }}
),

decided as (
    select
        file.content_hash, decision.decision = '采用' as is_accepted, decision.decided_on,
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
        and (
            run.is_restatement
            or coalesce(decision.decided_on, decision.snapshot_date)
            <= {{ add_days('run.as_of', 'run.events_known_days') }}
        )
),

newest as (
    select content_hash, is_accepted, decided_on from decided where place = 1
),

received as (
    select distinct content_hash, sheet from {{ source('landing', 'sheets') }}
),

origin as (
    select distinct corrected_by, corrected_sheet, content_hash from {{ source('landing', 'corrected') }}
)

select
    received.content_hash, received.sheet,
    coalesce(own.is_accepted, inherited.is_accepted) as is_accepted,
    case when own.is_accepted is null then inherited.decided_on else own.decided_on end as decided_on
from received
left join newest as own on received.content_hash = own.content_hash
left join origin on received.content_hash = origin.corrected_by and received.sheet = origin.corrected_sheet
left join newest as inherited on origin.content_hash = inherited.content_hash
where own.is_accepted is not null or inherited.is_accepted is not null

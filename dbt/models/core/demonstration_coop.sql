-- Demonstration titles of each cooperative at as_of, one row a cooperative and roster row: matched as reconciliation matches
-- them (decision, code, normalised name that is unique on both sides in the county; spec 2).

with run as (
    select as_of from {{ ref('run_month') }}
),

titled as (
    select
        coalesce(matched.left_key, roster.credit_code) as credit_code, roster.level, roster.title, roster.recognised_on,
        roster.content_hash, roster.file_name, roster.sheet, roster.row_number
    from {{ ref('asof_demonstration__roster') }} as roster
    cross join run
    left join {{ ref('entity_pair') }} as matched
        on matched.pair = 'registry_roster' and matched.right_key = {{ entity_name_key('roster') }}
    where roster.entity_type = '农民合作社' and coalesce(roster.recognised_on <= run.as_of, true)
        and not coalesce(roster.withdrawn_on <= run.as_of, false)
)

select credit_code, level, title, recognised_on, content_hash, file_name, sheet, row_number
from titled
where credit_code is not null

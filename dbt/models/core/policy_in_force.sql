-- Policy rows in force at the month's end. Of rows of one parameter and region that overlap, the newest wins.

with run as (
    select as_of from {{ source('run_context', 'run_context') }}
),

in_force as (
    select
        policy.id, policy.name, policy.region_code, policy.value, policy.unit, policy.basis,
        policy.effective_from, policy.effective_to,
        row_number() over (
            partition by policy.id, policy.region_code order by policy.effective_from desc
        ) as place
    from {{ ref('policy_value') }} as policy
    cross join run
    where policy.effective_from <= run.as_of
        and (policy.effective_to is null or policy.effective_to >= run.as_of)
)

select id, name, region_code, value, unit, basis, effective_from, effective_to
from in_force
where place = 1

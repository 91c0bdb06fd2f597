-- Status of listed entities whose own delivery cannot say it (rulings 6.2.6, 6.6.3): none in its layout, or one whose
-- own date lies after as_of. Taken from the newest older version that had one; and since when a 歇业 was seen.

with run as (
    select as_of from {{ ref('run_month') }}
),

listed as (
    select
        registration.entity_key, registration.county_code, registration.delivered_on, registration.status,
        registration.status is null
        or coalesce({{ status_date('registration') }} > run.as_of, false) as is_open
    from {{ ref('asof_gsxt__registration') }} as registration
    cross join run
),

version as (
    select
        typed.entity_key, typed.status, typed.status_raw, typed.ended_on, typed.suspended_from, typed.suspended_until,
        typed.snapshot_date, typed.received_order, typed.row_number,
        {{ status_date('typed') }} as status_date
    from (select typed.* from {{ countable('gsxt', 'registration', 'typed') }}) as typed
    where typed.status is not null
),

earlier as (
    select
        listed.entity_key, version.status, version.status_raw, version.ended_on, version.suspended_from,
        version.suspended_until,
        row_number() over (
            partition by listed.entity_key
            order by version.snapshot_date desc, version.received_order desc, version.row_number desc
        ) as place
    from listed
    cross join run
    join version on listed.entity_key = version.entity_key
    where listed.is_open and version.snapshot_date < listed.delivered_on
        and coalesce(version.status_date <= run.as_of, true)
),

seen_suspended as (
    select version.entity_key, min(version.snapshot_date) as first_seen_on
    from version
    join listed on version.entity_key = listed.entity_key and version.snapshot_date <= listed.delivered_on
    where version.status = 'suspended'
    group by version.entity_key
)

select
    listed.entity_key, listed.county_code, listed.is_open,
    earlier.status, earlier.status_raw, earlier.ended_on, earlier.suspended_from, earlier.suspended_until,
    seen_suspended.first_seen_on
from listed
left join earlier on listed.entity_key = earlier.entity_key and earlier.place = 1
left join seen_suspended on listed.entity_key = seen_suspended.entity_key
where listed.is_open or seen_suspended.first_seen_on is not null

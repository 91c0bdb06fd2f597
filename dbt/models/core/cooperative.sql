-- One meaning of a cooperative in force (spec 2.1): in its county's chosen delivery, status active, suspended, ceased
-- or unknown, founded up to as_of; branches are not counted. Those that left stay for the months of the policy row.

{% set pause_start = 'coalesce(entity.suspended_from, entity.first_seen_on, entity.delivered_on)' %}

with run as (
    select as_of, {{ national_policy('left_retention_months') }} as left_retention_months from {{ ref('run_month') }}
),

suspension_policy as (
    {{ county_policies(['suspension_months']) }}
),

registered_again as (
    select distinct county_code, name from {{ ref('asof_gsxt__registration') }} where credit_code is not null
),

entity as (
    select
        registration.entity_key, registration.credit_code, registration.registration_no, registration.name,
        registration.kind, registration.legal_representative, registration.capital, registration.founded_on,
        registration.authority, registration.approved_on, registration.domicile, registration.county_code,
        registration.delivered_on, registration.delivery_state, registration.kept_from_older,
        registration.content_hash, registration.file_name, registration.sheet, registration.row_number,
        coalesce(resolved.is_open, false) as status_carried,
        case when resolved.is_open then coalesce(resolved.status, 'unknown') else registration.status end as status,
        case when resolved.is_open then resolved.status_raw else registration.status_raw end as status_raw,
        case when resolved.is_open then resolved.ended_on else registration.ended_on end as ended_on,
        case when resolved.is_open then resolved.suspended_from else registration.suspended_from end as suspended_from,
        case when resolved.is_open then resolved.suspended_until else registration.suspended_until end as suspended_until,
        resolved.first_seen_on,
        cast(null as date) as left_on
    from {{ ref('asof_gsxt__registration') }} as registration
    left join {{ ref('registration_status') }} as resolved
        on registration.entity_key = resolved.entity_key and registration.county_code = resolved.county_code
    where {{ is_cooperative('registration') }} and not {{ is_branch('registration') }}

    union all
    -- a legacy number that gave way to a credit code has not left
    select
        registration.entity_key, registration.credit_code, registration.registration_no, registration.name,
        registration.kind, registration.legal_representative, registration.capital, registration.founded_on,
        registration.authority, registration.approved_on, registration.domicile, registration.county_code,
        registration.delivered_on, registration.delivery_state, false,
        registration.content_hash, registration.file_name, registration.sheet, registration.row_number,
        false, 'left', registration.status_raw, registration.ended_on,
        registration.suspended_from, registration.suspended_until, cast(null as date), registration.left_on
    from {{ ref('asof_gsxt__registration_left') }} as registration
    left join registered_again
        on registration.credit_code is null
        and registration.county_code = registered_again.county_code and registration.name = registered_again.name
    where {{ is_cooperative('registration') }} and not {{ is_branch('registration') }}
        and registered_again.name is null
)

select
    entity_key as key, credit_code, registration_no, name, county_code,
    cast(null as {{ dbt.type_string() }}) as township_code,
    status, status_raw, status_carried,
    status in {{ in_force_statuses() }} as in_force,
    {{ is_union('kind', 'name') }} as is_union,
    kind, founded_on, legal_representative, capital, authority, approved_on, domicile,
    case when ended_on <= run.as_of then ended_on end as ended_on,
    case when status = 'suspended' then {{ pause_start }} end as suspended_from,
    case when status = 'suspended' then coalesce(
        entity.suspended_until, {{ add_months(pause_start, 'suspension_policy.suspension_months') }}
    ) end as suspended_until,
    status = 'suspended' and (entity.suspended_from is null or entity.suspended_until is null) as suspension_presumed,
    left_on, kept_from_older, delivered_on, delivery_state,
    content_hash, file_name, sheet, row_number
from entity
cross join run
left join suspension_policy on entity.county_code = suspension_policy.policy_county
where coalesce(founded_on <= run.as_of, true)
    and (
        status in {{ in_force_statuses() }} or status = 'left' or ended_on is null
        or ended_on >= {{ add_months('run.as_of', '-run.left_retention_months') }}
    )

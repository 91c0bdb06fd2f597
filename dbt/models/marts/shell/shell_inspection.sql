-- What inspections of the months of the policy row say to the shell rules (K01, K08, K09, K12, K13), one row a cooperative:
-- of each answer the newest that was given. Answers of 停产 count since the last 有生产经营.

with run as (
    select as_of, {{ national_policy('shell_inspection_months') }} as months from {{ ref('run_month') }}
),

seen as (
    select
        visit.credit_code, visit.inspected_on, visit.farmers_take_part, visit.domicile_reachable, visit.operates_on_site,
        visit.stopped_on, visit.complaint_verified, visit.illegal_finance,
        {{ sort_key(['visit.inspected_on', 'visit.received_order', 'visit.sheet', 'visit.row_number']) }} as place,
        coalesce(visit.inspected_on > max(case when visit.operates_on_site then visit.inspected_on end)
            over (partition by visit.credit_code), true) as is_since
    from {{ ref('asof_inspection__coop') }} as visit
    cross join run
    where visit.inspected_on >= {{ add_months('run.as_of', '-run.months') }} and visit.inspected_on <= run.as_of
)

select
    credit_code,
    {%- for answer in ['farmers_take_part', 'domicile_reachable', 'complaint_verified', 'illegal_finance'] %}
    max_by({{ answer }}, place) filter (where {{ answer }} is not null) as {{ answer }},
    max(inspected_on) filter (where {{ answer }} is not null) as {{ answer }}_on,
    {%- endfor %}
    max(inspected_on) filter (where operates_on_site) as last_yes_on,
    min(inspected_on) filter (where not operates_on_site and is_since) as first_no_on,
    max(inspected_on) filter (where not operates_on_site and is_since) as last_no_on,
    max_by(stopped_on, place) filter (where stopped_on is not null and is_since) as stopped_on,
    max(inspected_on) filter (where stopped_on is not null and is_since) as stopped_seen_on
from seen
group by credit_code

-- The deliveries of every scope that the month can know: files of one table, scope and date united (spec 1.1).

with run as (
    select
        as_of,
        is_restatement,
        {{ national_policy('delivery_window_days') }} as national_window_days,
        {{ national_policy('events_known_days') }} as national_known_days
    from {{ ref('run_month') }}
),

window_policy as (
    {{ county_policies(['delivery_window_days', 'events_known_days']) }}
),

received as (
    select
        delivered.table_id, delivered.scope, delivered.county_code, delivered.snapshot_date,
        delivered.content_hash, delivered.sheet, delivered.rows, delivered.received_order,
        -- which open list a month compares with, the snapshot rule chooses (rulings 6.6.7)
        case when source_table.open_list then 'snapshot' else source_table.delivery end as delivery,
        source_table.scope_by, coalesce(file_decision.is_accepted, false) as is_accepted,
        {{ scope_key('delivered.scope', 'source_table.scope_by') }} as scope_key
    from {{ source('landing', 'delivered') }} as delivered
    join {{ ref('source_table') }} as source_table on delivered.table_id = source_table.table_id
    cross join run
    left join {{ ref('file_decision') }} as file_decision
        on delivered.content_hash = file_decision.content_hash and delivered.sheet = file_decision.sheet
    left join window_policy on delivered.county_code = window_policy.policy_county
    -- a county that the divisions do not know must not lose its files
    where coalesce(file_decision.is_accepted, true)
        and {{ not_blocked('delivered', 'delivered.table_id') }}
        and case
        when source_table.delivery = 'snapshot' or source_table.open_list
            then delivered.snapshot_date <= {{ add_days('run.as_of', 'coalesce(delivery_window_days, national_window_days)') }}
        when source_table.dated_by = 'file' then delivered.snapshot_date <= run.as_of
        when source_table.dated_by = 'year'
            then {{ scope_year('delivered.scope') }} < year({{ add_days('run.as_of', 1) }})
                and (
                    run.is_restatement
                    or delivered.snapshot_date <= {{ add_days('run.as_of', 'coalesce(events_known_days, national_known_days)') }}
                )
        else run.is_restatement
            or delivered.snapshot_date <= {{ add_days('run.as_of', 'coalesce(events_known_days, national_known_days)') }}
    end
),

sub_scope as (
    select distinct table_id, county_code, scope, scope_key
    from received
    where scope_by = 'county' and scope <> county_code and not {{ is_whole('scope') }}
),

-- A file of the whole county speaks for each of its townships too, one with several bodies, levels or kinds (a scope
-- with `*`) for those that it does not list (rulings 6.6.11).
spoken_for as (
    select
        county.table_id, sub_scope.scope, county.county_code, county.snapshot_date,
        county.content_hash, county.sheet, cast(null as bigint) as rows, county.received_order,
        county.delivery, county.is_accepted, sub_scope.scope_key, false as is_own
    from received as county
    join sub_scope on county.table_id = sub_scope.table_id and county.county_code = sub_scope.county_code
    anti join received as own
        on county.table_id = own.table_id and county.content_hash = own.content_hash and county.sheet = own.sheet
        and sub_scope.scope = own.scope
    where county.scope = county.county_code
        or ({{ is_whole('county.scope') }} and sub_scope.scope like replace(county.scope, '*', '%'))
),

claim as (
    select
        table_id, scope, county_code, snapshot_date, content_hash, sheet, rows, received_order, delivery,
        is_accepted, scope_key, true as is_own
    from received
    union all
    select
        table_id, scope, county_code, snapshot_date, content_hash, sheet, rows, received_order, delivery,
        is_accepted, scope_key, is_own
    from spoken_for
),

-- Of one date the county's own file wins over a township's, which overrides only when dated later.
united as (
    select
        table_id, delivery, scope_key, snapshot_date, is_own,
        max_by(scope, {{ sort_key(['received_order', 'scope']) }}) as scope,
        max_by(county_code, {{ sort_key(['received_order', 'scope', 'county_code']) }}) as county_code,
        cast(count(distinct content_hash) as bigint) as file_count,
        cast(count(distinct content_hash || '|' || sheet) as bigint) as sheet_count,
        cast(sum(rows) as bigint) as rows,
        bool_or(is_accepted) as is_accepted,
        row_number() over (partition by table_id, scope_key, snapshot_date order by is_own) as place
    from claim
    group by table_id, delivery, scope_key, snapshot_date, is_own
)

select
    table_id, delivery, scope_key, scope, county_code, snapshot_date, is_own, file_count, sheet_count, rows,
    is_accepted,
    row_number() over (partition by table_id, scope_key order by snapshot_date) as batch_no,
    count(*) over (partition by table_id, scope_key) as batches
from united
where place = 1

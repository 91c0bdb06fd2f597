-- Absence rests on a delivery (spec 2, rulings 6.2.4): for every county and measure, whether each table that it reads
-- was delivered for the period that it speaks of. What a county sent before stays and is stale, unless it says nothing
-- of the period. `population`: the lists that say who is measured; the others tell who fulfils it.

with run as (
    select
        run.report_month, run.report_year, due.year_due, due.due_on,
        {{ national_policy('bookkeeping_window_months') }} as window_months
    from {{ ref('run_month') }} as run
    cross join {{ ref('annual_report_year') }} as due
),

needed as (
    select
        source.measure_id, source.part, source.table_id, source.role,
        replace(source.sub_scope, '{year}', cast(run.report_year as {{ dbt.type_string() }})) as sub_scope,
        case source.period
            when 'year' then make_date(run.report_year, 1, 1)
            when 'window' then {{ add_months('run.report_month', '1 - run.window_months') }}
            when 'annual_report' then run.due_on
            when 'month' then run.report_month
        end as not_before,
        coalesce(source.period = 'month', false) as needs_rows
    from {{ ref('measure_source') }} as source
    cross join run
),

answered as (
    select
        needed.measure_id, needed.part, needed.table_id, needed.role, needed.sub_scope,
        delivered.county_code,
        -- one scope of many speaks for its kind; of a whole table the oldest tells how old it is
        case when needed.sub_scope is null then bool_or(delivered.is_stale) else bool_and(delivered.is_stale) end
            as is_stale
    from needed
    join {{ ref('county_delivery') }} as delivered on needed.table_id = delivered.table_id
    where (
            needed.sub_scope is null or delivered.part = '' or needed.sub_scope like replace(delivered.part, '*', '%')
            or delivered.part like replace(needed.sub_scope, '*', '%')
        )
        and coalesce(delivered.delivered_on >= needed.not_before, true)
    group by needed.measure_id, needed.part, needed.table_id, needed.role, needed.sub_scope, delivered.county_code
)

select
    county.county_code, county.is_remainder, county.has_delivered, needed.measure_id, needed.part,
    bool_and(answered.table_id is not null) as is_delivered,
    coalesce(bool_and(answered.table_id is not null) filter (where needed.role = 'population'), true) as has_population,
    bool_or(answered.table_id is not null) as has_some,
    coalesce(bool_or(answered.is_stale), false) as stale,
    bool_or(needed.needs_rows) as needs_rows
from {{ ref('county_in_view') }} as county
cross join needed
left join answered
    on county.county_code = answered.county_code and needed.measure_id = answered.measure_id
    and needed.part = answered.part and needed.table_id = answered.table_id and needed.role = answered.role
    and coalesce(needed.sub_scope, '') = coalesce(answered.sub_scope, '')
group by county.county_code, county.is_remainder, county.has_delivered, needed.measure_id, needed.part

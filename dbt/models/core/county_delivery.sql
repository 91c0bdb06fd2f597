-- Which county delivered what, when, complete or not (spec 2, rulings 6.2.4): the one place that every rule that reads
-- absence rests on. One row a table and scope; part is what stands behind the county in it (year, entity type), '' where
-- the county delivered as a whole.

with run as (
    select report_month, as_of from {{ ref('run_month') }}
),

due as (
    select 'due_days_' || replace(table_id, '.', '_') as id, table_id, delivery = 'snapshot' or open_list as is_list
    from {{ ref('source_table') }}
)

select
    choice.table_id, choice.county_code, choice.scope,
    case when choice.scope = choice.county_code then '' else substr(choice.scope, length(choice.county_code || '|') + 1) end as part,
    choice.delivered_on, choice.state <> '疑似不完整' as is_complete,
    case
        when due.is_list or policy.value is null then choice.delivered_on < run.report_month
        else {{ add_days('choice.delivered_on', 'policy.value') }} < run.as_of
    end as is_stale
from {{ ref('delivery_choice') }} as choice
join due on choice.table_id = due.table_id
cross join run
left join {{ ref('region_policy') }} as policy
    on choice.county_code = policy.region_code and policy.region_level = 'county' and due.id = policy.id

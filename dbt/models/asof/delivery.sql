-- The published list of deliveries: what counts, and what never came (rulings 6.2.4).

with expected as (
    select distinct
        source_table.table_id,
        case source_table.expected_level when 'county' then county.county_code else county.prefecture_code end as scope
    from {{ ref('county_in_view') }} as county
    cross join {{ ref('source_table') }} as source_table
    where county.is_configured and source_table.expected_level <> 'none'
),

-- A table that a prefecture delivers for its counties is there for all of them.
arrived as (
    select distinct choice.table_id, choice.county_code as scope
    from {{ ref('delivery_choice') }} as choice
    union
    select distinct choice.table_id, ancestor.ancestor_code
    from {{ ref('delivery_choice') }} as choice
    join {{ ref('region_ancestor') }} as ancestor
        on choice.county_code = ancestor.region_code and ancestor.region_level = 'county'
    where ancestor.ancestor_level = 'prefecture'
),

never as (
    select expected.table_id, expected.scope
    from expected
    left join arrived on expected.table_id = arrived.table_id and expected.scope = arrived.scope
    where arrived.scope is null
)

select
    table_id, scope, county_code, delivered_on, delivered_on as snapshot_date, file_count, rows, state,
    suspect_on, suspect_rows, removed, drops_most, blocked_on, sheet_count
from {{ ref('delivery_choice') }}
-- a township's older file gives way to its county's, which has its own row
where (is_own or state = '疑似不完整') and not {{ is_whole('scope') }}
union all
select
    never.table_id, never.scope, never.scope as county_code, cast(null as date), cast(null as date), cast(0 as bigint),
    cast(0 as bigint), '未收到',
    cast(null as date), cast(null as bigint), cast(null as bigint), false, max(blocked.snapshot_date), cast(0 as bigint)
from never
left join {{ ref('blocked_delivery') }} as blocked
    on never.table_id = blocked.table_id and never.scope = blocked.county_code
group by never.table_id, never.scope

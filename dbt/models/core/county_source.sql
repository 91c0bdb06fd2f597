-- What each county delivered of each table, as absence rests on it (spec 2): the oldest chosen delivery of the part.
-- A part is what stands behind the county in the scope (year, entity type), '' for the county as a whole.

with scoped as (
    select
        table_id, county_code, delivered_on, state <> '疑似不完整' as is_complete,
        case when scope <> county_code then substr(scope, length(county_code || '|') + 1) end as part
    from {{ ref('delivery_choice') }}
)

select table_id, county_code, part, min(delivered_on) as delivered_on, bool_and(is_complete) as is_complete
from scoped
where part is not null
group by table_id, county_code, part
union all
select table_id, county_code, '', min(delivered_on), bool_and(is_complete)
from scoped
group by table_id, county_code

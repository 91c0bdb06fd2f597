-- Demonstration titles of each cooperative in force at as_of, one row a cooperative and roster row: by credit code, else by
-- its name where that is unique among the county's cooperatives (spec 2).

with run as (
    select as_of from {{ ref('run_month') }}
),

roster as (
    select
        roster.credit_code, roster.name, roster.county_code, roster.level, roster.title, roster.recognised_on,
        roster.content_hash, roster.file_name, roster.sheet, roster.row_number
    from {{ ref('asof_demonstration__roster') }} as roster
    cross join run
    where roster.entity_type = '农民合作社' and coalesce(roster.recognised_on <= run.as_of, true)
        and not coalesce(roster.withdrawn_on <= run.as_of, false)
),

named as (
    select county_code, name, max(key) as key
    from {{ ref('cooperative') }}
    where in_force
    group by county_code, name
    having count(*) = 1
)

select
    coalesce(roster.credit_code, named.key) as credit_code, roster.level, roster.title, roster.recognised_on,
    roster.content_hash, roster.file_name, roster.sheet, roster.row_number
from roster
left join named
    on roster.credit_code is null and roster.county_code = named.county_code and roster.name = named.name
where roster.credit_code is not null or named.key is not null

-- The entities that each system lists (spec 2.9), one row a system and entity, in one shape for matching and comparing.
-- A system other than the register says by listing an entity that it is in force.

with run as (
    select report_year, as_of from {{ ref('run_month') }}
),

-- 年报: the newest public figures of a cooperative
reported as (
    select
        credit_code,
        max_by(members, {{ sort_key(['report_year', 'received_order', 'sheet', 'row_number']) }}) as members,
        max_by(revenue, {{ sort_key(['report_year', 'received_order', 'sheet', 'row_number']) }}) as revenue
    from {{ ref('asof_gsxt__annual_report') }}
    group by credit_code
),

listed as (
    select
        'registry' as system, '农民合作社' as entity_type, coop.county_code, coop.key,
        coop.credit_code, cast(null as {{ dbt.type_string() }}) as farm_code, coop.name,
        coop.legal_representative as representative, coop.in_force,
        reported.revenue as annual_income, reported.members,
        coop.file_name, coop.sheet, coop.row_number
    from {{ ref('cooperative') }} as coop
    left join reported on coop.credit_code = reported.credit_code
    where coop.status <> 'left'

    union all
    -- the published farm has no operator; the row of the directory names one
    select
        'directory', '家庭农场', farm.county_code, farm.key, farm.credit_code, farm.farm_code, farm.name,
        listing.operator, true, farm.annual_income, cast(null as bigint),
        farm.file_name, farm.sheet, farm.row_number
    from {{ ref('family_farm') }} as farm
    left join {{ ref('asof_farm_directory__farm') }} as listing
        on farm.content_hash = listing.content_hash and farm.sheet = listing.sheet
        and farm.row_number = listing.row_number
    where farm.status = 'listed'

    union all
    select
        'direct', direct.entity_type, direct.county_code, {{ entity_name_key('direct') }}, direct.credit_code,
        direct.farm_code, direct.name, direct.principal, true, direct.annual_income, direct.members,
        direct.file_name, direct.sheet, direct.row_number
    from {{ ref('asof_direct_report__entity') }} as direct

    union all
    select
        'affiliate', '农民合作社', affiliate.county_code, affiliate.credit_code, affiliate.credit_code,
        cast(null as {{ dbt.type_string() }}), affiliate.name, cast(null as {{ dbt.type_string() }}), true,
        cast(null as decimal(18, 2)), cast(null as bigint), affiliate.file_name, affiliate.sheet, affiliate.row_number
    from {{ ref('asof_supply_coop__affiliate') }} as affiliate

    union all
    select
        'roster', roster.entity_type, max(roster.county_code), {{ entity_name_key('roster') }},
        max(roster.credit_code), max(roster.farm_code), max(roster.name), cast(null as {{ dbt.type_string() }}), true,
        cast(null as decimal(18, 2)), cast(null as bigint),
        {{ newest_row('roster') }}
    from {{ ref('asof_demonstration__roster') }} as roster
    cross join run
    where not coalesce(roster.withdrawn_on <= run.as_of, false)
    group by roster.entity_type, {{ entity_name_key('roster') }}

    union all
    select
        'award', award.entity_type, award.county_code, award.key, award.credit_code, award.farm_code, award.name,
        cast(null as {{ dbt.type_string() }}), true, award.annual_income, award.members,
        award.file_name, award.sheet, award.row_number
    from {{ ref('subsidised_entity') }} as award
    cross join run
    where award.year = run.report_year

    union all
    select
        'client', client.entity_type, client.county_code, client.key, client.credit_code, client.farm_code,
        client.name, cast(null as {{ dbt.type_string() }}), true, cast(null as decimal(18, 2)), cast(null as bigint),
        client.file_name, client.sheet, client.row_number
    from {{ ref('client_in_term') }} as client

    union all
    -- door visits of the year to date
    select
        'visit', visit.entity_type, max(visit.county_code), {{ entity_name_key('visit') }}, max(visit.credit_code),
        max(visit.farm_code), max(visit.entity_name), cast(null as {{ dbt.type_string() }}), true,
        cast(null as decimal(18, 2)), cast(null as bigint),
        {{ newest_row('visit') }}
    from (
        -- a record without 服务对象类型 is told by its code, never by its name
        select
            coalesce(entity_type, case when farm_code is not null then '家庭农场' when credit_code like '93%' then '农民合作社' end)
                as entity_type,
            county_code, credit_code, farm_code, entity_name, entity_name as name, mode, served_on, received_order,
            file_name, sheet, row_number
        from {{ ref('asof_advisor__visit') }}
    ) as visit
    cross join run
    where visit.entity_type is not null and visit.mode = '上门' and visit.served_on >= make_date(run.report_year, 1, 1)
        and visit.served_on <= run.as_of
    group by visit.entity_type, {{ entity_name_key('visit') }}
)

select
    listed.system, listed.entity_type, listed.county_code, listed.key, listed.credit_code, listed.farm_code, listed.name,
    {{ normal_name('listed.name', 'prefecture.region_name', 'county.region_name') }} as normal_name,
    listed.representative, listed.in_force, listed.annual_income, listed.members,
    listed.file_name, listed.sheet, listed.row_number
from listed
left join {{ ref('region') }} as county
    on listed.county_code = county.region_code and county.region_level = 'county'
left join {{ ref('region') }} as prefecture
    on county.parent_code = prefecture.region_code and prefecture.region_level = 'prefecture'

-- What each contract reaches (002 附件4), one row a contract: clients, their share of all in the service area's county, and
-- what the coverage measures say of that county. Null = a table that it needs was not delivered.

with client as (
    select
        contract_no, county_code,
        count(*) filter (where entity_type = '农民合作社') as coops,
        count(*) filter (where entity_type = '农民合作社' and is_in_force) as coops_in_force,
        count(*) filter (where entity_type = '家庭农场') as farms,
        count(*) filter (where entity_type = '家庭农场' and is_in_force) as farms_in_force,
        count(*) filter (where proxy_bookkeeping) as proxy_clients,
        count(*) filter (where entity_type = '农民合作社' and accounts_sound) as coops_sound,
        count(*) filter (where entity_type = '农民合作社' and accounts_sound is null) as coops_sound_unknown
    from {{ ref('contract_client') }}
    group by contract_no, county_code
),

delivered as (
    select
        county_code,
        bool_or(table_id = 'gsxt.registration') as has_register,
        bool_or(table_id = 'farm_directory.farm') as has_directory,
        bool_or(table_id = 'advisor.visit') as has_visits
    from {{ ref('county_delivery') }}
    group by county_code
),

coop as (
    select county_code, count(*) as coops from {{ ref('cooperative') }} where in_force group by county_code
),

farm as (
    select county_code, count(*) as farms from {{ ref('family_farm') }} where status = 'listed' group by county_code
),

visit as (
    select contract.contract_no, contract.county_code, count(distinct visit.entity_key) as door_visits
    from {{ ref('asof_programme__service_contract') }} as contract
    join {{ ref('contract_client') }} as client
        on contract.contract_no = client.contract_no and contract.county_code = client.county_code
    join {{ ref('asof_advisor__visit') }} as visit
        on client.code = case client.entity_type when '农民合作社' then visit.credit_code else visit.farm_code end
        and visit.mode = '上门' and visit.served_on >= contract.starts_on and visit.served_on <= contract.ends_on
    group by contract.contract_no, contract.county_code
),

rate as (
    select
        region_code as county_code,
        {%- for measure_id, name in [('abnormal_removal_rate', 'removal'), ('farm_code_rate', 'code')] %}
        max(case when measure_id = '{{ measure_id }}' then value end) as {{ name }}_rate,
        max(case when measure_id = '{{ measure_id }}' then numerator end) as {{ name }}_numerator,
        max(case when measure_id = '{{ measure_id }}' then denominator end) as {{ name }}_denominator{% if not loop.last %},{% endif %}
        {%- endfor %}
    from {{ ref('coverage_measured') }}
    where region_level = 'county'
    group by region_code
)

select
    contract.contract_no, contract.county_code,
    cast(case when listed.county_code is not null then coalesce(client.coops, 0) end as bigint) as coops_served,
    cast(case when listed.county_code is not null then coalesce(client.farms, 0) end as bigint) as farms_served,
    -- what the shares are of
    cast(case when listed.county_code is not null and delivered.has_register then coalesce(client.coops_in_force, 0) end as bigint)
        as coops_numerator,
    cast(case when listed.county_code is not null and delivered.has_register then coalesce(coop.coops, 0) end as bigint)
        as coops_denominator,
    cast(case when listed.county_code is not null and delivered.has_directory then coalesce(client.farms_in_force, 0) end as bigint)
        as farms_numerator,
    cast(case when listed.county_code is not null and delivered.has_directory then coalesce(farm.farms, 0) end as bigint)
        as farms_denominator,
    cast(client.coops_sound as bigint) as accounts_sound_numerator,
    cast(client.coops as bigint) as accounts_sound_denominator,
    rate.removal_numerator, rate.removal_denominator, rate.code_numerator, rate.code_denominator,
    case when listed.county_code is not null and delivered.has_register
        then {{ ratio('coalesce(client.coops_in_force, 0)', 'coalesce(coop.coops, 0)') }} end as coops_share,
    case when listed.county_code is not null and delivered.has_directory
        then {{ ratio('coalesce(client.farms_in_force, 0)', 'coalesce(farm.farms, 0)') }} end as farms_share,
    cast(case when listed.county_code is not null then coalesce(client.proxy_clients, 0) end as bigint) as proxy_clients,
    {{ ratio('client.coops_sound', 'client.coops') }} as accounts_sound_rate,
    cast(case when listed.county_code is not null then coalesce(client.coops_sound_unknown, 0) end as bigint)
        as accounts_sound_unknown,
    cast(case when delivered.has_visits and listed.county_code is not null then coalesce(visit.door_visits, 0) end as bigint)
        as recorded_door_visits,
    rate.removal_rate, rate.code_rate
from {{ ref('asof_programme__service_contract') }} as contract
left join {{ ref('county_delivery') }} as listed
    on listed.table_id = 'programme.service_client' and contract.county_code = listed.county_code
    and listed.part = contract.contract_no
left join delivered on contract.county_code = delivered.county_code
left join client on contract.contract_no = client.contract_no and contract.county_code = client.county_code
left join coop on contract.county_code = coop.county_code
left join farm on contract.county_code = farm.county_code
left join visit on contract.contract_no = visit.contract_no and contract.county_code = visit.county_code
left join rate on contract.county_code = rate.county_code

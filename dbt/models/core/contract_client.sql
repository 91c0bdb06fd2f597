-- Entities served under each contract, one row a contract and client, with the entity in force that it is: by code, else by
-- a name that is one on both sides in the county (spec 2).

with entity as (
    select '农民合作社' as entity_type, credit_code as code, county_code, name
    from {{ ref('cooperative') }}
    where in_force
    union all
    select '家庭农场', farm_code, county_code, name
    from {{ ref('family_farm') }}
    where status = 'listed'
),

named as (
    select entity.entity_type, entity.county_code,
        {{ normal_name('entity.name', 'place.prefecture_name', 'place.county_name') }} as plain_name
    from entity
    left join {{ ref('place_name') }} as place on entity.county_code = place.county_code
),

one_name as (
    select entity_type, county_code, plain_name
    from named
    group by entity_type, county_code, plain_name
    having count(*) = 1
),

client as (
    select
        client.contract_no, client.county_code, client.entity_type, client.entity_key, client.credit_code,
        case client.entity_type when '农民合作社' then client.credit_code else client.farm_code end as code,
        {{ normal_name('client.name', 'place.prefecture_name', 'place.county_name') }} as plain_name,
        client.proxy_bookkeeping, client.accounts_sound
    from {{ ref('asof_programme__service_client') }} as client
    left join {{ ref('place_name') }} as place on client.county_code = place.county_code
),

alike as (
    select
        contract_no, county_code, entity_type, entity_key, code, plain_name, proxy_bookkeeping, accounts_sound,
        count(*) over (partition by contract_no, county_code, entity_type, plain_name) as namesakes
    from client
)

select
    alike.contract_no, alike.county_code, alike.entity_type, alike.entity_key, alike.code, alike.plain_name,
    alike.proxy_bookkeeping, alike.accounts_sound,
    coded.code is not null or one_name.plain_name is not null as is_in_force
from alike
left join (select distinct entity_type, code, county_code from entity where code is not null) as coded
    on alike.entity_type = coded.entity_type and alike.code = coded.code and alike.county_code = coded.county_code
left join one_name
    on alike.code is null and alike.namesakes = 1 and alike.entity_type = one_name.entity_type
    and alike.county_code = one_name.county_code and alike.plain_name = one_name.plain_name

-- Service clients of contracts in term at as_of (rulings 6.2.5), one row an entity, in the county of its contract; where
-- two providers differ on its accounts, the less favourable word stands.

select
    client.entity_type,
    max(contract.county_code) as county_code,
    {{ entity_name_key('client') }} as key,
    max(client.credit_code) as credit_code,
    max(client.farm_code) as farm_code,
    max(client.name) as name,
    bool_and(client.accounts_sound) as accounts_sound,
    bool_or(client.proxy_bookkeeping) as proxy_bookkeeping,
    {{ newest_row('client') }}
from {{ ref('asof_programme__service_client') }} as client
join {{ ref('asof_programme__service_contract') }} as contract on client.contract_no = contract.contract_no
cross join {{ ref('run_month') }} as run
where contract.starts_on <= run.as_of and contract.ends_on >= run.as_of
group by client.entity_type, {{ entity_name_key('client') }}

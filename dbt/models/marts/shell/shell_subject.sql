-- Cooperatives in force as the shell rules look at them: what exempts them (spec 3.1: founded less than the months of the
-- policy row before as_of, registered 歇业 within its 3 years), and what ties them to others (K11).

with run as (
    select as_of from {{ ref('run_month') }}
),

policy as (
    {{ county_policies(['shell_new_months', 'suspension_months']) }}
),

-- phones stand in 新农直报 only, hashed or masked as received; the newest row of a cooperative counts
phoned as (
    select credit_code, max_by(phone, {{ sort_key(['received_order', 'sheet', 'row_number']) }}) as phone
    from {{ ref('asof_direct_report__entity') }}
    where entity_type = '农民合作社' and credit_code is not null and phone is not null
    group by credit_code
),

county as (
    select
        own.region_code as county_code, own.region_name as county_name, parent.region_name as prefecture_name,
        province.region_name as province_name
    from {{ ref('region') }} as own
    left join {{ ref('region') }} as parent
        on own.parent_code = parent.region_code and parent.region_level = 'prefecture'
    left join {{ ref('region') }} as province
        on parent.parent_code = province.region_code and province.region_level = 'province'
    where own.region_level = 'county'
)

select
    coop.key as credit_code, coop.credit_code is not null as has_code, coop.county_code, coop.name, coop.is_union, coop.founded_on,
    coalesce(coop.founded_on > {{ add_months('run.as_of', '-policy.shell_new_months') }}, false) as is_new,
    coop.status = 'suspended' and coalesce(coop.suspended_until >= run.as_of, true)
    and coalesce({{ add_months('coop.suspended_from', 'policy.suspension_months') }} >= run.as_of, true) as is_paused,
    coop.legal_representative || '|' || phoned.phone as representative_key,
    coop.county_code || '|' || {{ house_number(
        without_front(without_front(without_front(
            'coop.domicile', "coalesce(county.province_name, '')"), "coalesce(county.prefecture_name, '')"),
            "coalesce(county.county_name, '')")
    ) }} as domicile_key,
    coop.legal_representative, coop.domicile, coop.delivered_on, coop.content_hash, coop.file_name, coop.sheet, coop.row_number
from {{ ref('cooperative') }} as coop
cross join run
left join policy on coop.county_code = policy.policy_county
left join phoned on coop.credit_code = phoned.credit_code
left join county on coop.county_code = county.county_code
where coop.in_force

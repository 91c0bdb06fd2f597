-- Contracts for services (spec 2.6, 002 附件4), one row a contract: what the text demands, what was reached, the evaluators'
-- score, and beside it our trial by the weights of the policy rows, over the components that are known.

with policy as (
    {{ county_policies(['contract_cap', 'contract_pilot', 'contract_term_months', 'contract_code_rate_full',
        'contract_satisfaction_full', 'contract_weight_satisfaction', 'contract_weight_accounts_sound',
        'contract_weight_removal', 'contract_weight_code', 'contract_weight_coverage']) }}
),

reached as (
    select
        contract.contract_no, contract.county_code, contract.provider, contract.service_area, contract.starts_on,
        contract.ends_on, contract.amount, policy.contract_cap as cap, contract.trainings, contract.door_visits,
        contract.satisfaction, contract.evaluated_score,
        reach.coops_served, reach.farms_served, reach.coops_share, reach.farms_share, reach.proxy_clients,
        reach.accounts_sound_rate, reach.accounts_sound_unknown, reach.recorded_door_visits, reach.removal_rate,
        reach.code_rate,
        {%- for part in ['coops', 'farms', 'accounts_sound', 'removal', 'code'] %}
        reach.{{ part }}_numerator, reach.{{ part }}_denominator,
        {%- endfor %}
        case
            when policy.contract_cap is null then '不适用'
            when contract.amount is null then '资料缺'
            when contract.amount <= policy.contract_cap then '通过'
            else '问题'
        end as amount_outcome,
        case
            when policy.contract_pilot is null then '不适用' when policy.contract_pilot = 1 then '通过' else '问题'
        end as pilot_outcome,
        case
            when policy.contract_term_months is null then '不适用'
            when contract.starts_on is null or contract.ends_on is null then '资料缺'
            when {{ add_days('contract.ends_on', '1') }} >= {{ add_months('contract.starts_on', 'policy.contract_term_months') }}
                then '通过'
            else '问题'
        end as term_outcome,
        policy.contract_term_months as term_months,
        policy.contract_weight_satisfaction as weight_satisfaction,
        policy.contract_weight_accounts_sound as weight_accounts_sound,
        policy.contract_weight_removal as weight_removal,
        policy.contract_weight_code as weight_code,
        policy.contract_weight_coverage as weight_coverage,
        {{ exact_ratio('contract.satisfaction', 'policy.contract_satisfaction_full') }} as share_satisfaction,
        reach.accounts_sound_rate as share_accounts_sound,
        reach.removal_rate as share_removal,
        case when reach.code_rate >= policy.contract_code_rate_full then 1
            else {{ exact_ratio('reach.code_rate', 'policy.contract_code_rate_full') }} end as share_code,
        {{ exact_ratio('(reach.coops_share + reach.farms_share)', '2') }} as share_coverage,
        contract.content_hash, contract.file_name, contract.sheet, contract.row_number, contract.snapshot_date
    from {{ ref('asof_programme__service_contract') }} as contract
    join {{ ref('contract_reach') }} as reach
        on contract.contract_no = reach.contract_no and contract.county_code = reach.county_code
    left join policy on contract.county_code = policy.policy_county
),

{% set parts = [('satisfaction', '满意度'), ('accounts_sound', '账目规范'), ('removal', '列异移除'), ('code', '赋码'),
    ('coverage', '覆盖')] %}
weighed as (
    select
        contract_no, county_code,
        {% for part, said in parts %}
        case when share_{{ part }} is not null then coalesce(weight_{{ part }}, 0) else 0 end
        {%- if not loop.last %} +{% endif %}
        {%- endfor %} as weight,
        {% for part, said in parts %}
        coalesce(cast(share_{{ part }} as decimal(10, 6)) * cast(weight_{{ part }} as decimal(6, 0)), 0)
        {%- if not loop.last %} +{% endif %}
        {%- endfor %} as earned,
        nullif(concat_ws('、'{% for part, said in parts %}, case when share_{{ part }} is null then '{{ said }}' end{% endfor %}), '')
            as missing_components
    from reached
)

select
    reached.contract_no, reached.county_code, reached.provider, reached.service_area, reached.starts_on, reached.ends_on,
    reached.amount, reached.amount_outcome, reached.pilot_outcome, reached.term_outcome,
    nullif(concat_ws(
        '；',
        case when reached.pilot_outcome = '问题' then '所在区不是综合服务中心建设试点区' end,
        case when reached.amount_outcome = '问题' then '合同金额' || {{ yuan('reached.amount') }} || '，超过限额' || {{ yuan('reached.cap') }} end,
        case when reached.term_outcome = '问题' then '服务期限' || {{ text_of('reached.starts_on') }} || '至' || {{ text_of('reached.ends_on') }}
            || '，不足' || {{ counted_text('reached.term_months') }} || '个月' end
    ), '') as findings,
    reached.coops_served, reached.coops_share, reached.farms_served, reached.farms_share, reached.trainings,
    reached.door_visits, reached.recorded_door_visits, reached.proxy_clients, reached.accounts_sound_rate,
    reached.accounts_sound_unknown, reached.removal_rate, reached.code_rate,
    {%- for part in ['coops', 'farms', 'accounts_sound', 'removal', 'code'] %}
    reached.{{ part }}_numerator, reached.{{ part }}_denominator,
    {%- endfor %}
    reached.satisfaction, reached.evaluated_score,
    {{ exact_ratio('(weighed.earned * 100)', 'weighed.weight') }} as composite,
    weighed.weight as composite_weight, weighed.missing_components,
    reached.content_hash, reached.file_name, reached.sheet, reached.row_number, reached.snapshot_date
from reached
join weighed on reached.contract_no = weighed.contract_no and reached.county_code = weighed.county_code

-- What the judge flagged, and what could not be judged (spec 3.1); clear outcomes are only counted in shell_status.
{{ config(tags=['after_judgement']) }}

with indicator as (
    select
        credit_code, county_code, is_union, parameters, content_hash, file_name, sheet, first_row, last_row,
        k01_state, k01_reason, k01_evidence_date, k02_state, k02_reason, k02_evidence_date,
        k03_state, k03_reason, k03_evidence_date
    from {{ ref('shell_indicator') }}
),

state as (
    {%- for rule in ['k01', 'k02', 'k03'] %}
    select
        credit_code, county_code, is_union, '{{ rule | upper }}' as rule_id, {{ rule }}_state as state,
        {{ rule }}_reason as reason, {{ rule }}_evidence_date as evidence_date,
        parameters, content_hash, file_name, sheet, first_row, last_row
    from indicator
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
),

outcome as (
    select
        state.credit_code, state.county_code, state.is_union, state.rule_id,
        case when fired.credit_code is not null then 'fired' else state.state end as outcome,
        fired.value, state.reason, state.evidence_date, state.parameters,
        state.content_hash, state.file_name, state.sheet, state.first_row, state.last_row
    from state
    left join {{ source('judged', 'shell_fired') }} as fired
        on state.credit_code = fired.credit_code and state.rule_id = fired.rule_id
    where fired.credit_code is not null or state.state in ('unknown', 'exempt')
),

-- The row of the rule for the cooperative's population; an exempt 联合社 is named by the ordinary rule.
matched as (
    select
        outcome.credit_code, outcome.rule_id, rule.threshold, rule.comparison, rule.kind, rule.family, rule.weight,
        rule.sentence, rule.basis,
        row_number() over (
            partition by outcome.credit_code, outcome.rule_id
            order by case
                when rule.population = case when outcome.is_union then '联合社' else '合作社' end then 0 else 1
            end, rule.population
        ) as place
    from outcome
    join {{ ref('shell_rule_in_force') }} as rule on outcome.rule_id = rule.rule_id
)

select
    outcome.credit_code, outcome.county_code, outcome.rule_id, outcome.outcome,
    case when outcome.outcome = 'fired' then outcome.value end as value,
    matched.threshold, matched.comparison, cast(matched.kind as int) as kind, matched.family, matched.weight,
    outcome.evidence_date,
    case when outcome.outcome <> 'fired' then outcome.reason end as reason,
    case when outcome.outcome = 'fired' then matched.sentence end as sentence,
    case when outcome.outcome = 'fired' then outcome.parameters end as parameters,
    matched.basis,
    outcome.content_hash, outcome.file_name, outcome.sheet, outcome.first_row, outcome.last_row
from outcome
join matched
    on outcome.credit_code = matched.credit_code and outcome.rule_id = matched.rule_id and matched.place = 1

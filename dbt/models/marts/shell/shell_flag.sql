-- What the judge flagged, and what could not be judged (spec 3.1); clear outcomes are only counted in shell_status.
{{ config(tags=['after_judgement']) }}

with state as (
    {%- for rule in shell_values() %}
    select
        indicator.credit_code, indicator.county_code, indicator.is_union, '{{ rule | upper }}' as rule_id,
        indicator.{{ rule }}_reason as reason, indicator.{{ rule }}_evidence_date as evidence_date,
        {% if rule in ('k01', 'k02', 'k03', 'k08', 'k09', 'k11') %}indicator.{{ rule }}_limb{% else %}''{% endif %} as limb,
        case when fired.credit_code is not null then 'fired' else indicator.{{ rule }}_state end as outcome, fired.value,
        case when fired.credit_code is not null then '{' || concat_ws(','
            {%- for name in shell_values()[rule] %}, {{ json_value(name, 'indicator')
                if name != 'inspected_on' else json_date('inspected_on', 'indicator.' ~ shell_visit_column(rule)) }}{% endfor %}) || '}' end as parameters
    from {{ ref('shell_indicator') }} as indicator
    left join {{ source('judged', 'shell_fired') }} as fired
        on indicator.credit_code = fired.credit_code and fired.rule_id = '{{ rule | upper }}'
    where fired.credit_code is not null or indicator.{{ rule }}_state in ('unknown', 'exempt')
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
),

-- The row of the rule for the cooperative's population; an exempt 联合社 is named by the ordinary rule.
matched as (
    select
        state.credit_code, state.county_code, state.rule_id, state.outcome, state.value, state.reason, state.evidence_date,
        state.limb, state.parameters,
        rule.threshold, rule.comparison, rule.kind, rule.family, rule.weight, rule.outlasts_own_inspection,
        rule.sentence, rule.basis, rule.population,
        row_number() over (
            partition by state.credit_code, state.rule_id
            order by case
                when rule.population = case when state.is_union then '联合社' else '合作社' end then 0 else 1
            end, rule.population
        ) as place
    from state
    join {{ ref('shell_rule_county') }} as rule
        on state.county_code = rule.county_code and state.rule_id = rule.rule_id
)

select
    matched.credit_code, matched.county_code, matched.rule_id, matched.outcome, matched.value, matched.threshold,
    matched.comparison, cast(matched.kind as int) as kind, matched.family, matched.weight, matched.outlasts_own_inspection,
    matched.evidence_date, matched.reason,
    case when matched.outcome = 'fired' then coalesce(wording.sentence, matched.sentence) end as sentence,
    matched.parameters, matched.basis,
    evidence.table_id, evidence.content_hash, evidence.file_name, evidence.sheet, evidence.first_row, evidence.last_row
from (
    select
        credit_code, county_code, rule_id, outcome, threshold, comparison, kind, family, weight, outlasts_own_inspection,
        evidence_date, limb, population, sentence, parameters, basis,
        case when outcome = 'fired' then value end as value,
        case when outcome <> 'fired' then reason end as reason
    from matched
    where place = 1
) as matched
left join {{ ref('shell_sentence') }} as wording
    on matched.rule_id = wording.rule_id and matched.limb = wording.limb and matched.population = wording.population
left join {{ ref('shell_evidence') }} as evidence
    on matched.outcome = 'fired' and matched.credit_code = evidence.credit_code and matched.rule_id = evidence.rule_id
    and evidence.place = 1

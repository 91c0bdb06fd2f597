-- Shell rules in force at the month's end, one row a rule, population and region.

select
    rule.rule_id, rule.name, rule.population, rule.region_code, rule.kind, rule.family, rule.indicator_column,
    rule.comparison, rule.threshold, rule.weight, rule.exemptions, rule.outlasts_own_inspection, rule.sentence, rule.basis
from {{ ref('shell_rule') }} as rule
cross join {{ ref('run_month') }} as run
where rule.effective_from <= run.as_of and coalesce(rule.effective_to >= run.as_of, true)

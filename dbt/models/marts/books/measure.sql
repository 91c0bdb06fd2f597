-- Measures in force at the month's end.

select
    registry.measure_id, registry.name, registry.table_name, registry.grain, registry.numerator, registry.denominator,
    registry.exclusions, registry.as_of_rule, registry.unit, registry.rounding, registry.basis, registry.policy_ids,
    registry.effective_from, registry.effective_to
from {{ ref('measure_registry') }} as registry
cross join {{ ref('run_month') }} as run
where registry.effective_from <= run.as_of and coalesce(registry.effective_to >= run.as_of, true)

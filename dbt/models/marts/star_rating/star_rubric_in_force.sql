-- The rubric of the month, one row an indicator and part. Of issuers with rows in force the one whose rows began last
-- counts, and of several of one day the one that is not the default: another issuer's rubric is rows (spec 2.4).

with run as (
    select as_of from {{ ref('run_month') }}
),

indicator as (
    select
        rubric.issuer, rubric.is_default, rubric.indicator_id, rubric.name, rubric.dimension, rubric.weight,
        rubric.rule_kind, rubric.combine, rubric.evidence, rubric.basis,
        max(rubric.effective_from) over (partition by rubric.issuer) as issued_on
    from {{ ref('star_rubric') }} as rubric
    cross join run
    where rubric.effective_from <= run.as_of and coalesce(rubric.effective_to >= run.as_of, true)
),

issuer as (
    select issuer
    from (
        select
            issuer,
            row_number() over (order by max(issued_on) desc, bool_or(is_default), issuer) as place
        from indicator
        group by issuer
    ) as ranked
    where place = 1
),

part as (
    select part.issuer, part.indicator_id, part.part, part.fact_id, part.comparison, part.reference_fact, part.threshold,
        part.points
    from {{ ref('star_rubric_part') }} as part
    cross join run
    where part.effective_from <= run.as_of and coalesce(part.effective_to >= run.as_of, true)
)

select
    indicator.issuer, indicator.is_default, indicator.indicator_id, indicator.name, indicator.dimension, indicator.weight,
    indicator.rule_kind, indicator.combine, indicator.evidence, indicator.basis,
    part.part, part.fact_id, part.comparison, part.reference_fact, part.threshold, part.points,
    fact.name as fact_name, fact.source_id, fact.unit, fact.missing_sentence
from indicator
join issuer on indicator.issuer = issuer.issuer
join part on indicator.issuer = part.issuer and indicator.indicator_id = part.indicator_id
join {{ ref('star_fact') }} as fact on part.fact_id = fact.fact_id

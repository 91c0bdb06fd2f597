-- A rubric row that names nothing known would leave its indicator out without a word: every indicator in force has its parts,
-- every part and veto names a fact, every rule is of a known kind, a ladder has points and weights are positive.

select rubric.issuer, rubric.indicator_id as row_id, '没有分项' as fault
from {{ ref('star_rubric') }} as rubric
left join {{ ref('star_rubric_part') }} as part
    on rubric.issuer = part.issuer and rubric.indicator_id = part.indicator_id
where part.indicator_id is null

union all
select part.issuer, part.indicator_id, '分项没有指标、事实，或比较方式不明'
from {{ ref('star_rubric_part') }} as part
left join {{ ref('star_rubric') }} as rubric
    on part.issuer = rubric.issuer and part.indicator_id = rubric.indicator_id
left join {{ ref('star_fact') }} as fact on part.fact_id = fact.fact_id
left join {{ ref('star_fact') }} as reference on part.reference_fact = reference.fact_id
where rubric.indicator_id is null or fact.fact_id is null or fact.fact_id = 'shell_confirmed'
    or (part.reference_fact is not null and reference.fact_id is null)
    or part.threshold is null
    or (rubric.rule_kind in ('yes_no', 'ladder') and coalesce(part.comparison, '') not in ('<', '<=', '=', '>=', '>'))
    or (rubric.rule_kind = 'ladder' and (part.points is null or part.points > rubric.weight))

union all
select issuer, indicator_id, '评分方式、组合方式或分值不明'
from {{ ref('star_rubric') }}
where rule_kind not in ('yes_no', 'ladder', 'ratio', 'count') or weight is null or weight <= 0
    or (rule_kind = 'yes_no' and coalesce(combine, '') not in ('all', 'any'))

union all
select veto.issuer, veto.veto_id, '否决事项没有事实，或比较方式不明'
from {{ ref('star_veto') }} as veto
left join {{ ref('star_fact') }} as fact on veto.fact_id = fact.fact_id
where fact.fact_id is null or veto.threshold is null or veto.comparison not in ('<', '<=', '=', '>=', '>')

union all
select rubric.issuer, null, '没有星级分段'
from (select distinct issuer from {{ ref('star_rubric') }}) as rubric
left join {{ ref('star_band') }} as band on rubric.issuer = band.issuer
where band.issuer is null

-- The shell rule that stands in each county: of the rows in force the one of the nearest enclosing region.

with near as (
    select
        place.region_code as county_code, rule.rule_id, rule.population, rule.region_code, rule.kind, rule.family,
        rule.indicator_column, rule.comparison, rule.threshold, rule.weight, rule.exemptions,
        rule.outlasts_own_inspection, rule.sentence, rule.basis,
        row_number() over (
            partition by place.region_code, rule.rule_id, rule.population order by place.distance
        ) as nearness
    from {{ ref('shell_rule_in_force') }} as rule
    join {{ ref('region_ancestor') }} as place
        on rule.region_code = place.ancestor_code and place.region_level = 'county'
)

select
    county_code, rule_id, population, region_code, kind, family, indicator_column, comparison, threshold, weight,
    exemptions, outlasts_own_inspection, sentence, basis
from near
where nearness = 1

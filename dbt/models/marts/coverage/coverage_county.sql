-- Every measure of spec 2.2 but 应入尽入率 by county: what was counted against what was delivered.

with counted as (
    select county_code, measure_id, part, numerator, denominator, unknown, entities
    from {{ ref('coverage_entity_count') }}
    union all
    select county_code, measure_id, part, numerator, denominator, unknown, entities
    from {{ ref('coverage_report_count') }}
)

{{ county_measures('counted', "delivery.measure_id not in ('federation_membership_rate', 'reconciliation', 'shell_status')") }}

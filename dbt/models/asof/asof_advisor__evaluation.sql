-- 辅导员年度绩效评价: the rows that count in the month.
with counted as (
    {{ version_rows('advisor', 'evaluation') }}
)

select
    year, certificate_no, advisor_name, entities_contacted, contact_frequency, management_and_rules,
    production_innovation, quality_improvement, entity_opinion, department_cooperation, policy_publicity,
    entities_contacted_score, contact_frequency_score, management_and_rules_score,
    production_innovation_score, quality_improvement_score, entity_opinion_score,
    department_cooperation_score, policy_publicity_score, grade, assessor, evaluated_on, work_summary,
    remark,
    content_hash, file_name, sheet, row_number, snapshot_date, received_order, county_code, scope, entity_key,
    event_date, is_stray, is_superseded, is_filled_form, drift,
    delivered_on, delivery_state, kept_from_older
from counted

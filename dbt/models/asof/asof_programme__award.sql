-- 奖补对象台账: the rows that count in the month, blanks filled from 附件2 and 附件3 as districts returned them.
{% set fillable = [
    'township_name', 'credit_code', 'farm_code', 'registered_on', 'main_industry', 'members', 'annual_income',
    'households_led', 'residents_led', 'lifted_led', 'monitored_led', 'works', 'demonstration_level',
    'applied_on', 'recommended_on', 'reviewed_on', 'notice_from', 'notice_until', 'objection', 'recognised_on',
    'accepted_on', 'acceptance_conclusion', 'amount', 'paid_on', 'payment_mode', 'result_notice_on',
    'signatures_due', 'signatures', 'previous_income', 'quantified', 'progress', 'progress_updated_on', 'state'
] %}

with counted as (
    {{ snapshot_rows('programme', 'award') }}
),

form as (
    {{ form_rows('programme', 'award') }}
),

{{ paired_rows(same_award('counted', 'form'), by_code=same_code('counted', 'form')) }}

select
    counted.support, counted.year, counted.county_name,
    {{ filled(fillable[:1]) }},
    counted.entity_type, counted.name,
    {{ filled(fillable[1:]) }},
    counted.content_hash, counted.file_name, counted.sheet, counted.row_number, counted.snapshot_date,
    counted.received_order, counted.county_code, counted.scope, counted.entity_key, counted.event_date,
    counted.is_stray, counted.is_superseded, counted.is_filled_form, counted.drift, counted.delivered_on,
    counted.delivery_state, counted.kept_from_older,
    {{ form_lineage(fillable) }}
from counted
left join filling on counted.county_code = filling.ledger_county and counted.entity_key = filling.ledger_key

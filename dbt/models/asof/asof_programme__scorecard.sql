-- 绩效评价打分: the rows that count in the month, blanks filled from 附件5 and 附件6 as districts returned them.
{% set fillable = [
    'score', 'deduction_note', 'evidence', 'assessor'
] %}

with counted as (
    {{ event_rows('programme', 'scorecard', scope_by='county') }}
),

form as (
    {{ form_rows('programme', 'scorecard') }}
),

{{ paired_rows('counted.entity_key = form.entity_key') }}

select
    counted.year, counted.county_name, counted.form, counted.item,
    {{ filled(fillable) }},
    counted.content_hash, counted.file_name, counted.sheet, counted.row_number, counted.snapshot_date,
    counted.received_order, counted.county_code, counted.scope, counted.entity_key, counted.event_date,
    counted.is_stray, counted.is_superseded, counted.is_filled_form, counted.drift, counted.delivered_on,
    counted.delivery_state, counted.kept_from_older,
    {{ form_lineage(fillable) }}
from counted
left join filling on counted.county_code = filling.ledger_county and counted.entity_key = filling.ledger_key

-- 政府购买服务合同: the rows that count in the month, blanks filled from 附件4 as districts returned it.
{% set fillable = [
    'service_area', 'starts_on', 'ends_on', 'amount', 'trainings', 'door_visits', 'satisfaction',
    'evaluated_score'
] %}

with counted as (
    {{ snapshot_rows('programme', 'service_contract') }}
),

form as (
    {{ form_rows('programme', 'service_contract') }}
),

{{ paired_rows(same_contract('counted', 'form'), same_place=contract_place('counted', 'form')) }}

select
    counted.contract_no, counted.county_name, counted.provider,
    {{ filled(fillable) }},
    counted.content_hash, counted.file_name, counted.sheet, counted.row_number, counted.snapshot_date,
    counted.received_order, counted.county_code, counted.scope, counted.entity_key, counted.event_date,
    counted.is_stray, counted.is_superseded, counted.is_filled_form, counted.drift, counted.delivered_on,
    counted.delivery_state, counted.kept_from_older,
    {{ form_lineage(fillable) }}
from counted
left join filling on counted.county_code = filling.ledger_county and counted.entity_key = filling.ledger_key

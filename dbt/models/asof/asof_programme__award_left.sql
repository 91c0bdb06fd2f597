-- 奖补对象台账: entities that the chosen delivery no longer lists, in their last version.
{{ config(materialized='view') }}

with counted as (
    {{ left_rows('programme', 'award') }}
)

select
    support, year, county_name, township_name, entity_type, name, credit_code, farm_code, registered_on,
    main_industry, members, annual_income, households_led, residents_led, lifted_led, monitored_led, works,
    demonstration_level, applied_on, recommended_on, reviewed_on, notice_from, notice_until, objection,
    recognised_on, accepted_on, acceptance_conclusion, amount, paid_on, payment_mode, result_notice_on,
    signatures_due, signatures, previous_income, quantified, progress, progress_updated_on, state,
    content_hash, file_name, sheet, row_number, snapshot_date, received_order, county_code, scope, entity_key,
    event_date, is_stray, is_superseded, is_filled_form, drift,
    delivered_on, delivery_state, left_on
from counted

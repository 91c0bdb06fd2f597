-- 嘎查村产业发展月报: the rows that count in the month.
with counted as (
    {{ version_rows('village', 'monthly') }}
)

select
    month, county_name, township_name, village_name, is_poor_village, enterprise, party_secretary,
    organisation, organisation_code, households, households_joined, poor_households, poor_households_linked,
    dividends, collective_income, fund_arrived, risk_fund, insured_due, insured, trained,
    content_hash, file_name, sheet, row_number, snapshot_date, received_order, county_code, scope, entity_key,
    event_date, is_stray, is_superseded, is_filled_form, drift,
    delivered_on, delivery_state, kept_from_older
from counted

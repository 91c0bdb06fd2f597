-- 家庭农场名录: the rows that count in the month.
with counted as (
    {{ snapshot_rows('farm_directory', 'farm', codes=['farm_code'], narrows_to='township_name') }}
)

select
    farm_code, name, operator, operator_identity_hash, operator_identity_state, phone, province_name,
    prefecture_name, county_name, township_name, village_name, main_business, operated_area, cropland_area,
    forest_area, grassland_area, water_area, annual_income, data_year, is_registered, credit_code,
    demonstration_level, code_status, coded_on, entered_on, updated_on, subsidy_flag, subsidy_year,
    subsidy_amount, trademark, certification, absent_columns,
    content_hash, file_name, sheet, row_number, snapshot_date, received_order, county_code, scope, entity_key,
    event_date, is_stray, is_superseded, is_filled_form, drift,
    delivered_on, delivery_state, kept_from_older
from counted

-- 盈余及盈余分配表: the rows that count in the month.
with counted as (
    {{ event_rows('coop_finance', 'statement', scope_by='entity') }}
)

select
    credit_code, name, fiscal_year, operating_income, investment_income, operating_expense,
    taxes_and_surcharges, administrative_expense, financial_expense, operating_surplus, other_income,
    other_expense, total_surplus, income_tax, current_surplus, opening_undistributed, other_transfers_in,
    reserve_appropriation, distributable_surplus, returned, residual_distribution, converted_to_capital,
    closing_undistributed, cash, fixed_assets_net, total_assets, total_liabilities, share_capital,
    special_fund, capital_reserve, surplus_reserve, total_equity, layout, absent_columns,
    content_hash, file_name, sheet, row_number, snapshot_date, received_order, county_code, scope, entity_key,
    event_date, is_stray, is_superseded, is_filled_form, drift,
    delivered_on, delivery_state, kept_from_older
from counted

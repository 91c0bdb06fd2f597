-- Both bases of the surplus return of each statement (spec 2.3), 元; null while an input is unknown.
-- Law Art 44 speaks of the current year's surplus; line 16 of the 2021 form adds the opening balance.
-- Blank 年初未分配盈余, 其他转入 and 提取盈余公积 are 0; an absent 年初未分配盈余 or 提取盈余公积 column is unknown.

with statement as (
    select
        credit_code, name, county_code, fiscal_year, layout, absent_columns,
        current_surplus, opening_undistributed, other_transfers_in, reserve_appropriation, returned,
        content_hash, file_name, sheet, row_number, snapshot_date,
        {{ has_columns(['opening_undistributed', 'reserve_appropriation']) }} as has_base_columns
    from {{ ref('asof_coop_finance__statement') }}
),

known as (
    select
        credit_code, name, county_code, fiscal_year, layout,
        current_surplus, opening_undistributed, other_transfers_in, reserve_appropriation, returned,
        content_hash, file_name, sheet, row_number, snapshot_date,
        case when has_base_columns then current_surplus end as surplus,
        coalesce(opening_undistributed, 0) + coalesce(other_transfers_in, 0) as brought_forward,
        coalesce(reserve_appropriation, 0) as reserve
    from statement
),

covered as (
    select
        credit_code, name, county_code, fiscal_year, layout,
        current_surplus, opening_undistributed, other_transfers_in, reserve_appropriation, returned,
        content_hash, file_name, sheet, row_number, snapshot_date,
        surplus, brought_forward, reserve,
        -- a loss brought forward, as far as this year's surplus covers it
        case when surplus is not null then least(greatest(0, -brought_forward), greatest(0, surplus)) end as covered_loss
    from known
)

select
    credit_code, name, county_code, fiscal_year, layout,
    current_surplus, opening_undistributed, other_transfers_in, reserve_appropriation, returned,
    try_cast(covered_loss as decimal(18, 2)) as covered_loss,
    case when surplus is not null
        then try_cast(greatest(0, surplus - covered_loss - reserve) as decimal(18, 2)) end as statutory_base,
    try_cast(surplus + brought_forward - reserve as decimal(18, 2)) as book_base,
    content_hash, file_name, sheet, row_number, snapshot_date
from covered

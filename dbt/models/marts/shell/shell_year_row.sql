-- The rows that tell of a cooperative's business in a fiscal year, for the evidence of K05 and K10.

select
    credit_code, fiscal_year, 'coop_finance.statement' as table_id, content_hash, file_name, sheet,
    row_number as first_row, row_number as last_row, 1 as rank
from {{ ref('asof_coop_finance__statement') }}
where operating_income is not null
union all
select
    credit_code, fiscal_year, 'coop_finance.member_account', content_hash, file_name, sheet, first_row, last_row, 2
from {{ ref('account_summary') }}
union all
select
    credit_code, report_year, 'gsxt.annual_report', content_hash, file_name, sheet, row_number, row_number, 3
from {{ ref('asof_gsxt__annual_report') }}
where revenue is not null

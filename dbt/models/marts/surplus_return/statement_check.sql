-- Failed statement checks, arguable line by line.

select
    credit_code, fiscal_year, check_id, check_name, county_code, layout, expected, found, difference, touches_return,
    content_hash, file_name, sheet, row_number
from {{ ref('statement_check_outcome') }}
where is_failed

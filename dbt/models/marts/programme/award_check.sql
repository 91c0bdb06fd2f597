-- The checks of awards: those of the report year, and of earlier years while one is 问题 or 未到期 (rulings 6.6.10).

with told as (
    select
        year, county_code, entity_type, entity_name, support, award_key, credit_code, farm_code, stage, check_id, check_name,
        print_order, outcome, due_on, done_on, days_open, detail, notice_days_with_first, notice_days_without_first, basis,
        evidence_file_name, evidence_sheet, evidence_row, content_hash, file_name, sheet, row_number, snapshot_date,
        bool_or(outcome in ('问题', '未到期')) over (partition by award_key, county_code) as is_open
    from {{ ref('award_outcome') }}
)

select
    year, county_code, entity_type, entity_name, support, award_key, credit_code, farm_code, stage, check_id, check_name,
    print_order, outcome, due_on, done_on, days_open, detail, notice_days_with_first, notice_days_without_first, basis,
    evidence_file_name, evidence_sheet, evidence_row, content_hash, file_name, sheet, row_number, snapshot_date
from told
cross join (select report_year from {{ ref('run_month') }}) as run
where year = report_year or is_open

-- Outcome of every check of every award in view (spec 2.6, rulings 6.2.9, 6.6.10).
-- A fact that fails is 问题 at once; one that is missing waits for its due day, and for a delivery dated since.

with run as (
    select as_of from {{ ref('run_month') }}
),

judged as (
    select
        finding.award_key, finding.county_code, finding.check_id, finding.check_name, finding.print_order,
        finding.due_on, finding.done_on, finding.words, finding.days_with_first, finding.days_without_first,
        finding.rests_on, finding.evidence_file_name, finding.evidence_sheet, finding.evidence_row, finding.basis,
        {{ outcome_of('finding') }} as outcome,
        run.as_of
    from {{ ref('award_finding') }} as finding
    cross join run
),

told as (
    select
        award_key, county_code, check_id, check_name, print_order, outcome, due_on, done_on,
        {{ outcome_days('judged') }} as days_open,
        {{ outcome_sentence('judged') }} as detail,
        days_with_first, days_without_first, evidence_file_name, evidence_sheet, evidence_row, basis
    from judged
)

select
    award.year, award.county_code, award.entity_type, award.name as entity_name, award.support, award.award_key,
    award.credit_code, award.farm_code, award.stage, told.check_id, told.check_name, told.print_order, told.outcome,
    told.due_on, told.done_on, told.days_open, told.detail,
    told.days_with_first as notice_days_with_first, told.days_without_first as notice_days_without_first,
    told.basis, told.evidence_file_name, told.evidence_sheet, told.evidence_row,
    award.content_hash, award.file_name, award.sheet, award.row_number, award.snapshot_date
from told
join {{ ref('award_in_view') }} as award on told.award_key = award.award_key and told.county_code = award.county_code

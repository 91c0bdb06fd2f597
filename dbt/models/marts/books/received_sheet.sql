-- The file register, as landing wrote it; corrected = its rejected rows that a later correction took over.

with taken_over as (
    select rejected.content_hash, rejected.sheet, cast(count(distinct rejected.row_number) as bigint) as corrected
    from {{ source('landing', 'rejected') }} as rejected
    join {{ ref('corrected_row') }} as corrected_row
        on rejected.content_hash = corrected_row.content_hash and rejected.sheet = corrected_row.sheet
        and rejected.row_number = corrected_row.row_number
    group by rejected.content_hash, rejected.sheet
)

select
    sheets.file_name, sheets.content_hash, sheets.sheet, sheets.sheet_index, sheets.table_id, sheets.variant,
    sheets.snapshot_date, sheets.snapshot_date_assumed, sheets.outcome, sheets.rows_read, sheets.accepted,
    sheets.rejected, coalesce(taken_over.corrected, 0) as corrected, sheets.out_of_scope, sheets.ignored,
    sheets.withheld, sheets.reason_code, sheets.reason, sheets.received_order
from {{ source('landing', 'sheets') }} as sheets
left join taken_over
    on sheets.content_hash = taken_over.content_hash and sheets.sheet = taken_over.sheet
    and sheets.outcome <> 'duplicate'

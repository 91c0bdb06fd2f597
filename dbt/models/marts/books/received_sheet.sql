-- The file register, as landing wrote it.

select
    file_name, content_hash, sheet, sheet_index, table_id, variant, snapshot_date, snapshot_date_assumed, outcome,
    rows_read, accepted, rejected, out_of_scope, ignored, reason_code, reason, received_order
from {{ source('landing', 'sheets') }}

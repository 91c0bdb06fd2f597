-- Faults of rejected rows. The raw value stays in the restricted zone; here it is masked where it is personal.

select
    content_hash, file_name, sheet, row_number, table_id, column_name, masked_value as raw_value, code, sentence, scope
from {{ source('landing', 'rejected') }} as finding
where {{ not_corrected('finding') }}

-- Value issues of accepted rows, masked where they are personal.

select content_hash, file_name, sheet, row_number, table_id, column_name, masked_value as raw_value, code, sentence
from {{ source('landing', 'issues') }} as finding
where {{ not_corrected('finding') }}

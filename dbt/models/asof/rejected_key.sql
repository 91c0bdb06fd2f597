-- Keys of rejected rows: an entity whose row was rejected does not leave (rulings 6.1.5).

select distinct
    rejected.table_id,
    {{ scope_key('rejected.scope', 'source_table.scope_by') }} as scope_key,
    sheets.snapshot_date,
    rejected.entity_key
from {{ source('landing', 'rejected') }} as rejected
join {{ source('landing', 'sheets') }} as sheets
    on rejected.content_hash = sheets.content_hash and rejected.sheet = sheets.sheet
join {{ ref('source_table') }} as source_table on rejected.table_id = source_table.table_id
where rejected.entity_key is not null and rejected.scope is not null
    and {{ not_refused('rejected') }}
    and {{ not_corrected('rejected') }}

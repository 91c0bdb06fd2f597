-- Rows that a later correction (退回清单, form 17) speaks of: their findings are the correction's from then on, and where
-- it was taken, so are their values. A row, and each of its corrected versions, gives way to the newest; a correction
-- that people decided not to use (office.delivery_decision) speaks of nothing.

with line as (
    select content_hash, sheet, row_number, corrected_by, corrected_sheet, corrected_row, received_order, settled
    from {{ source('landing', 'corrected') }} as given
    where not exists (
        select 1 from {{ ref('file_decision') }} as refused
        where refused.content_hash = given.corrected_by and refused.sheet = given.corrected_sheet
            and not refused.is_accepted
    )
),

version as (
    select distinct
        content_hash as root_hash, sheet as root_sheet, row_number as root_row,
        content_hash, sheet, row_number, cast(0 as bigint) as received_order
    from line
    union all
    select content_hash, sheet, row_number, corrected_by, corrected_sheet, corrected_row, received_order
    from line
    where corrected_row is not null
)

select
    version.content_hash, version.sheet, version.row_number,
    max_by(line.corrected_by, {{ sort_key(['line.received_order', 'line.corrected_by']) }}) as corrected_by,
    bool_or(line.settled) as is_settled
from version
join line
    on version.root_hash = line.content_hash and version.root_sheet = line.sheet and version.root_row = line.row_number
    and line.received_order > version.received_order
group by version.content_hash, version.sheet, version.row_number

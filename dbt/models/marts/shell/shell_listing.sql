-- What 经营异常名录 says to the shell rules (K07, K08), one row a cooperative with an entry. An entry that the newest list
-- shows no more neither fires nor clears (spec 1.1).

with run as (
    select as_of from {{ ref('run_month') }}
),

entry as (
    select
        credit_code, reason, listed_on, listing_state, received_order, sheet, row_number,
        reason = '通过登记的住所无法联系' as is_domicile
    from {{ ref('asof_gsxt__abnormal_listing') }}
    where listing_state in ('在列', '未见于最新名录')
)

select
    entry.credit_code,
    min(entry.listed_on) filter (where entry.listing_state = '在列' and not entry.is_domicile) as listed_on,
    min_by(entry.reason, {{ sort_key(['entry.listed_on', 'entry.received_order', 'entry.sheet', 'entry.row_number']) }})
        filter (where entry.listing_state = '在列' and not entry.is_domicile) as listed_reason,
    max(entry.listed_on) filter (where entry.listing_state = '在列' and entry.is_domicile) as domicile_listed_on,
    bool_or(entry.listing_state = '在列') as is_listed,
    coalesce(bool_or(entry.listing_state = '在列' and entry.reason = '未按期年报'), false) as is_late,
    max(entry.listed_on) filter (where entry.listing_state = '在列') as newest_listed_on,
    coalesce(bool_or(entry.listing_state <> '在列' and not entry.is_domicile), false) as is_unseen,
    coalesce(bool_or(entry.listing_state <> '在列' and entry.is_domicile), false) as domicile_is_unseen
from entry
group by entry.credit_code

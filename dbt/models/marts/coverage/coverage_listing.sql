-- 列异社移除率 (spec 2.2, rulings 6.2.5): one row a cooperative that was on the abnormal list at 1 January or was
-- listed since. 未见于最新名录 counts as listed and not removed (6.6.7).

with run as (
    select as_of, make_date(report_year, 1, 1) as year_start from {{ ref('run_month') }}
),

listing as (
    select
        listing.credit_code, listing.county_code, listing.listed_on, run.year_start,
        {{ sort_key(['listing.listed_on', 'listing.received_order', 'listing.sheet', 'listing.row_number']) }} as place,
        case when listing.listing_state = '已移出' then listing.removed_on end as removed_on,
        {{ is_deregistration('listing.removal_reason') }} as is_deregistration
    from {{ ref('asof_gsxt__abnormal_listing') }} as listing
    cross join run
    where {{ is_class_93('listing.credit_code') }}
)

select
    listing.credit_code as key,
    coalesce(max(coop.county_code), max_by(listing.county_code, listing.place)) as county_code,
    bool_or(listing.removed_on is not null and not listing.is_deregistration) as was_removed,
    bool_or(listing.removed_on is not null and listing.is_deregistration) as was_deregistered
from listing
left join {{ ref('cooperative') }} as coop on listing.credit_code = coop.key
where listing.removed_on is null or listing.removed_on >= listing.year_start
group by listing.credit_code

-- Coverage of cooperatives (spec 2.2): one row a cooperative in force, every question answered true, false or unknown.

with run as (
    select run.report_year, run.as_of, due.year_due, due.year_end
    from {{ ref('run_month') }} as run
    cross join {{ ref('annual_report_year') }} as due
),

reported as (
    select distinct report.credit_code
    from {{ ref('asof_gsxt__annual_report') }} as report
    cross join run
    where report.report_year = run.year_due
),

-- an entry that the newest list no longer shows neither stands nor is removed (rulings 6.6.7)
listed as (
    select
        credit_code,
        bool_or(listing_state = '在列') as is_listed,
        bool_or(listing_state = '未见于最新名录') as has_vanished
    from {{ ref('asof_gsxt__abnormal_listing') }}
    group by credit_code
),

advised as (
    select distinct left_key as key from {{ ref('entity_pair') }} where pair = 'registry_visit'
),

-- 领办参办 or 农合联会员, as far as the roster's dates say (spec 2.7)
affiliated as (
    select
        pair.left_key as key,
        bool_or(
            coalesce(affiliate.mode, '无') <> '无'
            and coalesce(affiliate.affiliated_on <= run.as_of, true)
            and not coalesce(affiliate.released_on <= run.as_of, false)
        ) as is_led,
        bool_or(affiliate.is_member and coalesce(affiliate.joined_on <= run.as_of, true)) as is_member,
        bool_or(affiliate.is_member is null) as membership_unknown
    from {{ ref('entity_pair') }} as pair
    join {{ ref('asof_supply_coop__affiliate') }} as affiliate on pair.right_key = affiliate.credit_code
    cross join run
    where pair.pair = 'registry_affiliate'
    group by pair.left_key
),

swept as (
    select distinct inspection.credit_code
    from {{ ref('asof_inspection__coop') }} as inspection
    cross join run
    where inspection.inspected_on >= make_date(run.report_year, 1, 1) and inspection.inspected_on <= run.as_of
)

select
    coop.key, coop.county_code,
    coalesce(coop.founded_on <= run.year_end, true) as is_obliged,
    reported.credit_code is not null and coalesce(coop.founded_on <= run.year_end, true) as has_reported,
    coop.founded_on is null and reported.credit_code is null as obligation_unknown,
    coalesce(listed.is_listed, false) as is_listed,
    not coalesce(listed.is_listed, false) and coalesce(listed.has_vanished, false) as listing_unknown,
    advised.key is not null as is_advised,
    coalesce(affiliated.is_led or affiliated.is_member, false) as is_sweep_due,
    swept.credit_code is not null and coalesce(affiliated.is_led or affiliated.is_member, false) as is_swept,
    coalesce(affiliated.is_member, false) as is_federation_member,
    coalesce(affiliated.membership_unknown and affiliated.is_member is null, false) as membership_unknown
from {{ ref('cooperative') }} as coop
cross join run
left join reported on coop.credit_code = reported.credit_code
left join listed on coop.credit_code = listed.credit_code
left join advised on coop.key = advised.key
left join affiliated on coop.key = affiliated.key
left join swept on coop.credit_code = swept.credit_code
where coop.in_force

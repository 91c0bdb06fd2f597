-- Entities of each reconciled pair that found nobody on the other side, one row a pair, side and entity; of ours those
-- that are due there, or could be one of theirs that is left over. An absence is said only where the other side's list
-- came this month, 我方有对方无 only where membership is due (rulings 6.2.12): subsidised, demonstration, affiliates.

with kind as (
    select pair, left_system, right_system, entity_type from {{ ref('entity_pair_kind') }} where is_reconciled
),

matched as (
    select pair, left_key, right_key from {{ ref('entity_pair') }}
),

delivered as (
    select county_code, part from {{ ref('measure_delivery') }}
    where measure_id = 'reconciliation' and is_delivered and not stale
),

levelled as (
    select matched.left_key
    from matched
    join {{ ref('subsidised_entity') }} as award on matched.right_key = award.key
    join {{ ref('run_month') }} as run on award.year = run.report_year
    where matched.pair = 'registry_award' and award.demonstration_level is not null
),

-- who of ours must be on their side
due as (
    select 'registry_direct' as pair, left_key as key from matched
    where pair in ('registry_award', 'registry_roster', 'registry_affiliate')
    union
    select 'directory_direct', right_key from matched where pair = 'award_directory'
    union
    select 'directory_direct', left_key from matched where pair = 'directory_roster'
    union
    select 'registry_roster', left_key from levelled
    union
    select kind.pair, side.key
    from kind
    join {{ ref('entity_side') }} as side on kind.left_system = side.system and kind.entity_type = side.entity_type
    where kind.left_system = 'award'
),

open_right as (
    select
        kind.pair, 'right' as side, side.county_code, side.key, side.name, side.normal_name,
        side.file_name, side.sheet, side.row_number,
        -- a farm that was never subsidised is no fault of the award ledger
        kind.left_system <> 'award' and delivered.county_code is not null as is_absence
    from kind
    join {{ ref('entity_side') }} as side on kind.right_system = side.system and kind.entity_type = side.entity_type
    anti join matched on kind.pair = matched.pair and side.key = matched.right_key
    left join delivered on side.county_code = delivered.county_code and delivered.part = kind.pair || ' left'
),

-- where somebody of theirs is left over, one of ours may be the same
doubtful as (
    select distinct pair, county_code from open_right
),

open_left as (
    select
        kind.pair, 'left' as side, side.county_code, side.key, side.name, side.normal_name,
        side.file_name, side.sheet, side.row_number,
        due.key is not null and delivered.county_code is not null as is_absence
    from kind
    join {{ ref('entity_side') }} as side on kind.left_system = side.system and kind.entity_type = side.entity_type
    anti join matched on kind.pair = matched.pair and side.key = matched.left_key
    left join due on kind.pair = due.pair and side.key = due.key
    left join delivered on side.county_code = delivered.county_code and delivered.part = kind.pair || ' right'
    left join doubtful on kind.pair = doubtful.pair and side.county_code = doubtful.county_code
    where side.in_force
        and (doubtful.pair is not null or (due.key is not null and delivered.county_code is not null))
)

select pair, side, county_code, key, name, normal_name, file_name, sheet, row_number, is_absence from open_left
union all
select pair, side, county_code, key, name, normal_name, file_name, sheet, row_number, is_absence from open_right

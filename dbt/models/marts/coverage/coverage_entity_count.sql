-- The measures of spec 2.2 that count entities, by county: each family of entities is read once.

with farm as (
    select
        county_code,
        count(*) as farms,
        count(*) filter (where is_coded) as coded,
        count(*) filter (where code_unknown) as code_unknown,
        count(*) filter (where is_updated) as updated,
        count(*) filter (where is_stale_2y) as stale_2y,
        count(*) filter (where age_unknown) as age_unknown,
        count(*) filter (where is_advised) as advised,
        count(*) filter (where is_direct_reported) as direct_reported,
        count(*) filter (where direct_unknown) as direct_unknown,
        count(*) filter (where keeps_books) as books,
        count(*) filter (where books_unknown) as books_unknown
    from {{ ref('coverage_farm') }}
    group by county_code
),

coop as (
    select
        county_code,
        count(*) as coops,
        count(*) filter (where is_obliged) as obliged,
        count(*) filter (where has_reported) as reported,
        count(*) filter (where obligation_unknown) as obligation_unknown,
        count(*) filter (where is_listed) as listed,
        count(*) filter (where listing_unknown) as listing_unknown,
        count(*) filter (where is_advised) as advised,
        count(*) filter (where is_sweep_due) as sweep_due,
        count(*) filter (where is_swept) as swept
    from {{ ref('coverage_coop') }}
    group by county_code
),

listing as (
    select
        county_code,
        count(*) as listed,
        count(*) filter (where was_removed) as removed,
        count(*) filter (where was_deregistered) as deregistered
    from {{ ref('coverage_listing') }}
    group by county_code
),

award as (
    select
        county_code,
        count(*) filter (where entity_type = '农民合作社') as coops,
        count(*) filter (where entity_type = '家庭农场') as farms,
        count(*) filter (where entity_type = '农民合作社' and is_updated) as coops_updated,
        count(*) filter (where entity_type = '家庭农场' and is_updated) as farms_updated,
        count(*) filter (where entity_type = '农民合作社' and update_unknown) as coop_updates_unknown,
        count(*) filter (where entity_type = '家庭农场' and update_unknown) as farm_updates_unknown,
        count(*) filter (where entity_type = '农民合作社' and is_flagged) as coops_flagged,
        count(*) filter (where entity_type = '家庭农场' and is_flagged) as farms_flagged,
        count(*) filter (where entity_type = '农民合作社' and flag_unknown) as coop_flags_unknown,
        count(*) filter (where entity_type = '家庭农场' and flag_unknown) as farm_flags_unknown
    from {{ ref('coverage_award') }}
    group by county_code
),

support as (
    select
        county_code,
        count(*) as supported,
        count(*) filter (where is_in_direct) as in_direct,
        count(*) filter (where is_client) as clients,
        count(*) filter (where is_client and accounts_sound) as sound,
        count(*) filter (where accounts_unknown) as sound_unknown,
        count(*) filter (where is_client and proxy_bookkeeping) as proxies,
        count(*) filter (where proxy_unknown) as proxies_unknown
    from {{ ref('coverage_support') }}
    group by county_code
)

{{ county_counts('farm', [
    ('farm_code_rate', 'all', 'coded', 'farms', 'code_unknown', 'farms'),
    ('farm_update_rate', 'all', 'updated', 'farms', 'age_unknown', 'farms'),
    ('farm_stale_2y', 'all', 'stale_2y', 'farms', 'age_unknown', 'farms'),
    ('farm_advised_rate', 'all', 'advised', 'farms', '0', 'farms'),
    ('farm_direct_report_rate', 'all', 'direct_reported', 'farms', 'direct_unknown', 'farms'),
    ('bookkeeping_rate', 'all', 'books', 'coded', 'books_unknown', 'coded'),
]) }}
union all
{{ county_counts('coop', [
    ('coop_annual_report_rate', 'all', 'reported', 'obliged', 'obligation_unknown', 'obliged'),
    ('abnormal_listing_rate', 'all', 'listed', 'coops', 'listing_unknown', 'coops'),
    ('coop_advised_rate', 'all', 'advised', 'coops', '0', 'coops'),
    ('visit_sweep_rate', 'all', 'swept', 'sweep_due', '0', 'sweep_due'),
]) }}
union all
{{ county_counts('listing', [
    ('abnormal_removal_rate', 'all', 'removed', 'listed', '0', 'listed'),
    ('abnormal_deregistered', 'all', 'deregistered', none, '0', 'listed'),
]) }}
union all
{{ county_counts('award', [
    ('direct_report_rate', 'all', 'coops_updated', 'coops', 'coop_updates_unknown', 'coops'),
    ('farm_award_update_rate', 'all', 'farms_updated', 'farms', 'farm_updates_unknown', 'farms'),
    ('subsidy_flag_rate', 'coop', 'coops_flagged', 'coops', 'coop_flags_unknown', 'coops'),
    ('subsidy_flag_rate', 'farm', 'farms_flagged', 'farms', 'farm_flags_unknown', 'farms'),
]) }}
union all
{{ county_counts('support', [
    ('client_direct_report_rate', 'all', 'in_direct', 'supported', '0', 'supported'),
    ('coop_accounts_sound_rate', 'all', 'sound', 'clients', 'sound_unknown', 'clients'),
    ('proxy_bookkeeping_clients', 'all', 'proxies', none, 'proxies_unknown', 'clients'),
]) }}

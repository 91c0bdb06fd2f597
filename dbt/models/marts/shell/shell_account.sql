-- Newest member accounts of each cooperative in force, where not too old (rulings 6.3.2), and how many of their members
-- with a valid identity sit in other cooperatives in force, too (K04). One join on the keyed identities.

with run as (
    select as_of from {{ ref('run_month') }}
),

policy as (
    {{ county_policies(['accounts_age_months', 'shell_other_coops']) }}
),

newest as (
    select
        credit_code, fiscal_year, members, farmer_members, member_coops, kind_unknown_members,
        content_hash, file_name, sheet, first_row, last_row,
        row_number() over (partition by credit_code order by fiscal_year desc) as place
    from {{ ref('account_summary') }}
),

account as (
    select
        coop.credit_code, newest.fiscal_year, make_date(newest.fiscal_year, 12, 31) as year_end,
        make_date(newest.fiscal_year, 12, 31) >= {{ add_months('run.as_of', '-policy.accounts_age_months') }} as is_recent,
        policy.accounts_age_months, policy.shell_other_coops,
        newest.members, newest.farmer_members, newest.member_coops, newest.kind_unknown_members,
        newest.content_hash, newest.file_name, newest.sheet, newest.first_row, newest.last_row
    from {{ ref('shell_subject') }} as coop
    cross join run
    join newest on coop.credit_code = newest.credit_code and newest.place = 1
    left join policy on coop.county_code = policy.policy_county
),

seat as (
    select member.credit_code, member.member_identity_hash as identity, account.shell_other_coops
    from {{ ref('asof_coop_finance__member_account') }} as member
    join account
        on member.credit_code = account.credit_code and member.fiscal_year = account.fiscal_year and account.is_recent
    where member.member_identity_state = 'valid'
        and coalesce(member.joined_on <= account.year_end, true)
        and not coalesce(member.left_on <= account.year_end, false)
),

person as (
    select identity, count(distinct credit_code) as coops
    from seat
    group by identity
    having count(distinct credit_code) > 1
),

shared as (
    select
        seat.credit_code, count(*) as identified_members,
        count(*) filter (where person.coops > seat.shell_other_coops) as shared_members
    from seat
    left join person on seat.identity = person.identity
    group by seat.credit_code
)

select
    account.credit_code, account.fiscal_year, account.year_end, account.is_recent, account.accounts_age_months,
    account.members, account.farmer_members, account.member_coops, account.kind_unknown_members,
    cast(coalesce(shared.identified_members, 0) as bigint) as identified_members,
    cast(coalesce(shared.shared_members, 0) as bigint) as shared_members,
    account.content_hash, account.file_name, account.sheet, account.first_row, account.last_row
from account
left join shared on account.credit_code = shared.credit_code

-- Support that a cooperative in force has had, one row a cooperative and award year (K10, K11): by credit code, else by its
-- name where that is unique in the county. The first full year after 认定, and what was done in it.

with run as (
    select as_of from {{ ref('run_month') }}
),

named as (
    select county_code, name, max(credit_code) as credit_code
    from {{ ref('shell_subject') }}
    group by county_code, name
    having count(*) = 1
),

award as (
    select
        coalesce(award.credit_code, named.credit_code) as credit_code, award.year,
        max(coalesce(year(award.recognised_on), award.year)) + 1 as first_year
    from {{ ref('subsidised_entity') }} as award
    left join named
        on award.credit_code is null and award.county_code = named.county_code and award.name = named.name
    where award.entity_type = '农民合作社'
    group by coalesce(award.credit_code, named.credit_code), award.year
)

select
    award.credit_code, award.year, award.first_year,
    make_date(award.first_year, 12, 31) <= run.as_of as has_ended,
    coalesce(business.state, 'unknown') as state
from award
cross join run
left join {{ ref('shell_year') }} as business
    on award.credit_code = business.credit_code and award.first_year = business.fiscal_year
where award.credit_code is not null

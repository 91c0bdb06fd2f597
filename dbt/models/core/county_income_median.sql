-- Median 年经营收入 of each county (rulings 6.2.2): cooperatives in force with a known value above 0, 联合社 left out, mean
-- of the middle two, exact.

with ranked as (
    select
        income.county_code, income.fiscal_year, income.income,
        row_number() over (partition by income.county_code, income.fiscal_year order by income.income) as place,
        count(*) over (partition by income.county_code, income.fiscal_year) as coops
    from {{ ref('coop_income') }} as income
    where income.counts_for_median and income.income > 0
),

middle as (
    select county_code, fiscal_year, max(coops) as coops, sum(income) as income, count(*) as middle_coops
    from ranked
    where 2 * place between coops and coops + 2
    group by county_code, fiscal_year
)

select
    county_code, fiscal_year, cast(coops as bigint) as coops,
    {{ ratio('income', 'middle_coops') }} as median_income
from middle

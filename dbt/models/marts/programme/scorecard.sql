-- Items of 附件5 and 附件6 (spec 2.6, rulings 6.2.11), one row a year, county, form and item: what data give, what the
-- assessors gave, and which of them stands: the assessors', else ours.

with run as (
    select as_of, report_year from {{ ref('run_month') }}
),

item as (
    select
        county.region_code as county_code, item.form, item.item, item.section, item.criterion, item.points, item.fact, item.basis
    from {{ ref('scorecard_item') }} as item
    cross join run
    join {{ ref('region_ancestor') }} as county
        on item.region_code = county.ancestor_code and county.region_level = 'county'
    where item.effective_from <= run.as_of and coalesce(item.effective_to >= run.as_of, true)
),

scored as (
    select county.county_code, run.report_year as year
    from {{ ref('county_in_view') }} as county
    cross join run
    where county.is_configured and not county.is_remainder
    union
    select given.county_code, given.year
    from {{ ref('asof_programme__scorecard') }} as given
    cross join run
    where given.year <= run.report_year
),

both_scores as (
    select
        scored.year, item.county_code, item.form, item.item, item.section, item.criterion, item.points, item.basis,
        fact.numerator, fact.denominator, fact.unknown,
        {{ score_points('item.points', 'fact.numerator', 'fact.denominator') }} as computed,
        -- a deduction is written with or without its sign
        cast(case when item.points < 0 then -abs(given.score) else given.score end as decimal(18, 4)) as given,
        given.deduction_note, item.fact is not null as is_by_data,
        given.content_hash, given.file_name, given.sheet, given.row_number, given.snapshot_date
    from scored
    join item on scored.county_code = item.county_code
    left join {{ ref('scorecard_fact') }} as fact
        on scored.year = fact.year and scored.county_code = fact.county_code and item.form = fact.form and item.fact = fact.fact
    left join {{ ref('asof_programme__scorecard') }} as given
        on scored.year = given.year and scored.county_code = given.county_code and item.form = given.form and item.item = given.item
)

select
    year, county_code, form, item, section, criterion, points, is_by_data, numerator, denominator, unknown,
    computed, given, coalesce(given, computed) as score,
    case
        when computed is null and given is null then '待评'
        when given is null then '仅数据'
        when computed is null then '仅评分'
        when computed = given then '一致'
        else '有差异'
    end as status,
    deduction_note, basis, content_hash, file_name, sheet, row_number, snapshot_date
from both_scores

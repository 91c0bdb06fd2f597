-- Star rating (spec 2.4, rulings 6.6.9): the newest official result within the policy row's months first, else the trial.
-- A veto does not change an official result; scores are always the trial's. Stars stand for 试算 and 下发 only.

with run as (
    select
        as_of, previous_report_month, {{ national_policy('star_official_months') }} as official_months,
        {{ national_policy('star_coverage_minimum') }} as coverage_minimum
    from {{ ref('run_month') }}
),

official as (
    select
        result.credit_code, result.year, result.stars as official_word, result.rated_by,
        coalesce(result.rated_on, result.snapshot_date) as rated_on,
        result.content_hash, result.file_name, result.sheet, result.row_number,
        row_number() over (
            partition by result.credit_code
            order by coalesce(result.rated_on, result.snapshot_date) desc, result.year desc, result.received_order desc,
                result.row_number desc
        ) as place
    from {{ ref('asof_supply_coop__star_result') }} as result
    cross join run
    where coalesce(result.rated_on, result.snapshot_date) <= run.as_of
        and coalesce(result.rated_on, result.snapshot_date) >= {{ add_months('run.as_of', '-run.official_months') }}
        and result.stars <> '其他'
),

veto as (
    select
        credit_code,
        {{ join_sorted("case when outcome = '否决' then veto_name end", '、') }} as veto,
        {{ join_sorted("case when outcome = '无法判断' then veto_name end", '、') }} as veto_unknown
    from {{ ref('star_veto_hit') }}
    group by credit_code
),

rubric as (
    select max(issuer) as issuer, bool_or(is_default) as is_default from {{ ref('star_rubric_in_force') }}
),

joined as (
    select
        trial.credit_code, fact.name, trial.county_code, fact.in_force, trial.applicable, trial.missing, trial.earned,
        trial.score_low, trial.score_high, trial.evidence_coverage, trial.stars_low, trial.stars_high,
        veto.veto, veto.veto_unknown,
        official.year as official_year, official.official_word, official.rated_on as official_on,
        official.rated_by as official_by,
        {{ stars_of('official.official_word') }} as official_stars,
        case
            when official.official_word is not null and official.official_word <> '不予评定' then '下发'
            when official.official_word is not null or veto.veto is not null then '不予评定'
            when coalesce(trial.applicable, 0) = 0
                or trial.applicable - trial.missing < run.coverage_minimum * trial.applicable then '资料不足'
            when trial.stars_low is distinct from trial.stars_high then '待补证据'
            else '试算'
        end as rating_status,
        rubric.issuer as rubric_issuer, rubric.is_default as rubric_is_default,
        official.content_hash, official.file_name, official.sheet, official.row_number
    from {{ ref('star_trial') }} as trial
    join {{ ref('star_fact_value') }} as fact on trial.credit_code = fact.credit_code
    cross join run
    cross join rubric
    left join veto on trial.credit_code = veto.credit_code
    left join official on trial.credit_code = official.credit_code and official.place = 1
),

rated as (
    select
        credit_code, name, county_code, in_force, applicable, missing, earned, score_low, score_high, evidence_coverage,
        stars_low, stars_high, veto, veto_unknown, official_year, official_word, official_on, official_by, rating_status,
        rubric_issuer, rubric_is_default, content_hash, file_name, sheet, row_number,
        cast(case rating_status when '下发' then official_stars when '试算' then stars_low end as int) as stars
    from joined
)

select
    rated.credit_code, rated.name, rated.county_code, rated.in_force, rated.score_low, rated.score_high,
    rated.evidence_coverage, rated.stars, rated.rating_status,
    case when rated.official_word is not null then '下发' else '试算' end as rating_source,
    rated.veto, rated.veto_unknown,
    cast(rated.stars_low as int) as stars_low, cast(rated.stars_high as int) as stars_high,
    rated.applicable as applicable_weight, rated.missing as missing_weight, rated.earned as earned_points,
    rated.official_year, rated.official_word, rated.official_on, rated.official_by, rated.rubric_issuer,
    rated.rubric_is_default, previous.stars as previous_stars, previous.rating_status as previous_status,
    case
        when run.previous_report_month is null then '首期'
        when previous.credit_code is null then '新列'
        when rated.stars > previous.stars then '升星'
        when rated.stars < previous.stars then '降星'
        when rated.rating_status <> previous.rating_status then '状态变化'
        else '持平'
    end as change,
    rated.content_hash, rated.file_name, rated.sheet, rated.row_number
from rated
cross join run
left join {{ source('previous', 'star_rating') }} as previous on rated.credit_code = previous.credit_code

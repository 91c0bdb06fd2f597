-- Star rating (spec 2.4, rulings 6.6.9): the newest official result within the policy row's months first, else the trial.
-- A veto does not change an official result; scores are always the trial's. Stars stand for 试算 and 下发 only.

with run as (
    select
        as_of, {{ national_policy('star_official_months') }} as official_months,
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
)

select
    credit_code, name, county_code, in_force, score_low, score_high, evidence_coverage,
    cast(case rating_status when '下发' then official_stars when '试算' then stars_low end as int) as stars,
    rating_status,
    case when official_word is not null then '下发' else '试算' end as rating_source,
    veto, veto_unknown,
    cast(stars_low as int) as stars_low, cast(stars_high as int) as stars_high,
    applicable as applicable_weight, missing as missing_weight, earned as earned_points,
    official_year, official_word, official_on, official_by, rubric_issuer, rubric_is_default,
    content_hash, file_name, sheet, row_number
from joined

-- The trial of each cooperative (spec 2.4): both scores, how much of it rests on evidence, and the bands they fall in.

with summed as (
    select
        credit_code, county_code,
        coalesce(sum(weight) filter (where state <> '不适用'), 0) as applicable,
        coalesce(sum(weight) filter (where state = '缺证据'), 0) as missing,
        coalesce(sum(points), 0) as earned
    from {{ ref('star_rating_item') }}
    group by credit_code, county_code
),

scored as (
    select
        credit_code, county_code, applicable, missing, earned,
        {{ star_score('earned', 'applicable') }} as score_low,
        {{ star_score('(earned + missing)', 'applicable') }} as score_high
    from summed
),

banded as (
    select
        scored.credit_code,
        max(band.stars) filter (where scored.score_low >= band.score_from) as stars_low,
        max(band.stars) filter (where scored.score_high >= band.score_from) as stars_high
    from scored
    cross join {{ ref('star_band_in_force') }} as band
    group by scored.credit_code
)

select
    scored.credit_code, scored.county_code,
    cast(scored.applicable as decimal(18, 2)) as applicable, cast(scored.missing as decimal(18, 2)) as missing,
    cast(scored.earned as decimal(24, 12)) as earned,
    scored.score_low, scored.score_high,
    {{ ratio('(scored.applicable - scored.missing)', 'scored.applicable') }} as evidence_coverage,
    case when scored.score_low is not null then coalesce(banded.stars_low, 0) end as stars_low,
    case when scored.score_high is not null then coalesce(banded.stars_high, 0) end as stars_high
from scored
left join banded on scored.credit_code = banded.credit_code

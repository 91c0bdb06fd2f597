-- What would earn the next star of the trial (spec 2.4): indicators with points left, the largest first, and the shortest
-- list of them that reaches the next band. Missing evidence and unmet conditions stand side by side, told apart by state.

with goal as (
    select
        trial.credit_code, trial.county_code, trial.applicable, trial.earned, trial.score_low, trial.stars_low,
        min(band.stars) as next_stars, min(band.score_from) as next_score
    from {{ ref('star_trial') }} as trial
    join {{ ref('star_band_in_force') }} as band on band.score_from > trial.score_low
    where trial.applicable > 0
    group by trial.credit_code, trial.county_code, trial.applicable, trial.earned, trial.score_low, trial.stars_low
),

candidate as (
    select
        goal.credit_code, goal.county_code, goal.score_low, goal.stars_low, goal.next_stars, goal.next_score,
        {{ points_short_of('goal.next_score', 'goal.applicable', 'goal.earned') }} as needed,
        item.indicator_id, item.indicator_name, item.dimension, item.state, item.evidence,
        cast(item.weight - coalesce(item.points, 0) as decimal(24, 12)) as gain
    from goal
    join {{ ref('star_rating_item') }} as item
        on goal.credit_code = item.credit_code and item.state <> '不适用' and item.weight > coalesce(item.points, 0)
),

ordered as (
    select
        credit_code, county_code, score_low, stars_low, next_stars, next_score, needed, indicator_id, indicator_name,
        dimension, state, evidence, gain,
        row_number() over (partition by credit_code order by gain desc, indicator_id) as step,
        sum(gain) over (
            partition by credit_code order by gain desc, indicator_id rows between unbounded preceding and current row
        ) as reached
    from candidate
)

select
    credit_code, county_code, cast(step as bigint) as step, indicator_id, indicator_name, dimension, state,
    gain as points_gained, cast(reached as decimal(24, 12)) as points_together, needed as points_needed,
    reached - gain < needed as is_in_shortest,
    score_low, cast(stars_low as int) as stars_low, cast(next_stars as int) as next_stars, next_score, evidence
from ordered

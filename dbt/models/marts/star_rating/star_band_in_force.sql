-- Bands of the issuer whose rubric counts.

select band.issuer, band.stars, band.name, band.score_from, band.basis
from {{ ref('star_band') }} as band
cross join {{ ref('run_month') }} as run
where band.effective_from <= run.as_of and coalesce(band.effective_to >= run.as_of, true)
    and band.issuer in (select issuer from {{ ref('star_rubric_in_force') }})

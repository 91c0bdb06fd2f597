-- Advisors of the directory, and those that left it, one row an advisor; restricted (it holds names). A state whose own date
-- lies after as_of is not yet there (rulings 6.6.3); the term counts to its last day.

with run as (
    select as_of from {{ ref('run_month') }}
),

listed as (
    select
        certificate_no, advisor_name, county_code, township_name, appointing_body, appointing_level, advice_kinds, industry,
        work_mode, origin, appointed_on, term_ends_on, directory_state, moved_out_on, delivered_on, entity_key,
        content_hash, file_name, sheet, row_number, cast(null as date) as left_on
    from {{ ref('asof_advisor__directory') }}

    union all
    -- an advisor that was given a certificate since has not left
    select
        gone.certificate_no, gone.advisor_name, gone.county_code, gone.township_name, gone.appointing_body,
        gone.appointing_level, gone.advice_kinds, gone.industry, gone.work_mode, gone.origin, gone.appointed_on,
        gone.term_ends_on, gone.directory_state, gone.moved_out_on, gone.delivered_on, gone.entity_key,
        gone.content_hash, gone.file_name, gone.sheet, gone.row_number, gone.left_on
    from {{ ref('asof_advisor__directory_left') }} as gone
    left join {{ ref('asof_advisor__directory') }} as again
        on gone.certificate_no is null and again.certificate_no is not null and gone.county_code = again.county_code
        and gone.advisor_name = again.advisor_name and gone.appointing_body = again.appointing_body
    where again.certificate_no is null
),

dated as (
    select
        listed.certificate_no, listed.advisor_name, listed.county_code, listed.township_name, listed.appointing_body,
        listed.appointing_level, listed.advice_kinds, listed.industry, listed.work_mode, listed.origin,
        listed.appointed_on, listed.term_ends_on, listed.entity_key,
        listed.content_hash, listed.file_name, listed.sheet, listed.row_number, run.as_of,
        case
            when listed.left_on is not null then least(listed.left_on, coalesce(listed.moved_out_on, listed.left_on))
            when listed.directory_state in ('调出', '除名')
                then coalesce(listed.moved_out_on, least(listed.delivered_on, run.as_of))
        end as moved_on,
        listed.directory_state = '除名' and coalesce(listed.moved_out_on <= run.as_of, true) as is_struck
    from listed
    cross join run
    where coalesce(listed.appointed_on <= run.as_of, true)
)

select
    coalesce(certificate_no, {{ sha256_hex("county_code || '|' || entity_key") }}) as advisor_key,
    certificate_no, advisor_name, county_code, township_name, appointing_body, appointing_level, advice_kinds, industry,
    work_mode, origin, appointed_on, term_ends_on, coalesce(is_struck, false) as is_struck,
    case when moved_on <= as_of then moved_on end as moved_on,
    coalesce(term_ends_on < as_of, false) as term_ended,
    -- the day of leaving, by 调出 or by the end of the term
    least(
        case when moved_on <= as_of then moved_on end, case when term_ends_on < as_of then term_ends_on end
    ) as until_on,
    coalesce(moved_on > as_of, true) and not coalesce(term_ends_on < as_of, false) as in_office,
    content_hash, file_name, sheet, row_number
from dated

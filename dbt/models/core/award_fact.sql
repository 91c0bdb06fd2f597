-- What the award ledger itself says for each check (spec 2.6, rulings 6.2.9, 6.6.10), one row an award and check. finding:
-- good, bad, doubt, missing (may still come until due_on) or no_source (cannot be told). due_on null: not yet to be told.

with limits as (
    {{ county_policies(['award_cap_coop', 'award_cap_farm', 'award_notice_days', 'award_objections_allowed',
        'award_payment_days', 'award_signature_numerator', 'award_signature_denominator', 'award_quantified_days']) }}
),

award as (
    select
        award.award_key, award.county_code, award.entity_type, award.stage, award.amount, award.objection,
        award.notice_from, award.notice_until, award.recognised_on, award.accepted_on, award.acceptance_conclusion,
        award.is_accepted, award.paid_on, award.payment_mode, award.signatures, award.signatures_due, award.quantified,
        award.stage = 'recognised' and award.recognised_on is null as undated,
        case award.entity_type when '农民合作社' then limits.award_cap_coop else limits.award_cap_farm end as cap,
        limits.award_notice_days as notice_days, limits.award_objections_allowed as objections_allowed,
        limits.award_signature_numerator as numerator, limits.award_signature_denominator as denominator,
        {{ policy_day('deadline.value') }} as accepted_due,
        {{ add_days('award.accepted_on', 'limits.award_payment_days') }} as paid_due,
        {{ add_days('award.accepted_on', 'limits.award_quantified_days') }} as quantified_due,
        first_day.workdays_so_far is not null and last_day.workdays_so_far is not null as in_calendar,
        -- the first day counted, and not counted
        case when award.notice_until < award.notice_from then 0
            else last_day.workdays_so_far - first_day.workdays_so_far + case when first_day.is_workday then 1 else 0 end
        end as days_with_first,
        case when award.notice_until < award.notice_from then 0
            else last_day.workdays_so_far - first_day.workdays_so_far
        end as days_without_first
    from {{ ref('award_in_view') }} as award
    left join limits on award.county_code = limits.policy_county
    left join {{ ref('region_policy') }} as deadline
        on award.county_code = deadline.region_code and deadline.region_level = 'county'
        and deadline.id = 'award_accepted_due_' || {{ text_of('award.year') }}
    left join {{ ref('workday_count') }} as first_day on award.notice_from = first_day.day
    left join {{ ref('workday_count') }} as last_day on award.notice_until = last_day.day
    where award.stage <> 'cancelled'
),

told as (
    select
        award_key, county_code, 'amount_cap' as check_id,
        case
            when amount > cap then 'bad' when amount is not null then 'good' when undated then 'no_source' else 'missing'
        end as finding,
        recognised_on as due_on, cast(null as date) as done_on,
        coalesce('奖补金额' || {{ yuan('amount') }}, '奖补金额未填') || '，限额' || {{ yuan('cap') }} as words,
        cast(null as bigint) as days_with_first, cast(null as bigint) as days_without_first
    from award
    union all
    select
        award_key, county_code, 'public_notice',
        case
            when notice_from is null or notice_until is null then case when undated then 'no_source' else 'missing' end
            when not in_calendar then 'no_source'
            when days_without_first >= notice_days then 'good'
            when days_with_first >= notice_days then 'doubt'
            else 'bad'
        end,
        recognised_on, notice_until,
        case
            when notice_from is null or notice_until is null then '公示起止日期未填全'
            when not in_calendar then '公示' || {{ text_of('notice_from') }} || '至' || {{ text_of('notice_until') }} || '，超出法定工作日历年份'
            else '公示' || {{ text_of('notice_from') }} || '至' || {{ text_of('notice_until') }} || '，计首日'
                || {{ text_of('days_with_first') }} || '个工作日，不计首日' || {{ text_of('days_without_first') }}
                || '个工作日，要求不少于' || {{ counted_text('notice_days') }} || '个'
        end,
        case when in_calendar then days_with_first end, case when in_calendar then days_without_first end
    from award
    union all
    select
        award_key, county_code, 'objection',
        case
            when objection and 1 > objections_allowed then 'bad' when objection is not null then 'good'
            when undated then 'no_source' else 'missing'
        end,
        recognised_on, cast(null as date),
        case when objection then '公示有异议' when not objection then '公示无异议' else '公示有无异议未填' end, null, null
    from award
    union all
    select
        award_key, county_code, 'accepted',
        case when is_accepted then 'good' when accepted_on is not null then 'bad' else 'missing' end,
        accepted_due, accepted_on,
        coalesce('验收日期' || {{ text_of('accepted_on') }}, '未验收') || coalesce('，验收结论' || acceptance_conclusion, ''),
        null, null
    from award
    union all
    select
        award_key, county_code, 'paid',
        case when paid_on is null then 'missing' when paid_on >= accepted_on then 'good' else 'bad' end, paid_due, paid_on,
        case
            when paid_on is null then coalesce('已于' || {{ text_of('accepted_on') }} || '验收，未拨付', '未验收，未拨付')
            when accepted_on is null then '验收前已于' || {{ text_of('paid_on') }} || '拨付'
            else '验收日期' || {{ text_of('accepted_on') }} || '，拨付日期' || {{ text_of('paid_on') }}
        end, null, null
    from award
    union all
    select
        award_key, county_code, 'card_payment',
        case when payment_mode = '一卡通' then 'good' when payment_mode is not null then 'bad' else 'missing' end,
        paid_due, cast(null as date), coalesce('拨付方式为' || payment_mode, '拨付方式未填'), null, null
    from award
    union all
    select
        award_key, county_code, 'signatures',
        case
            when signatures_due <= 0 then 'no_source'
            when signatures * denominator >= signatures_due * numerator then 'good'
            else 'missing'
        end,
        accepted_on, cast(null as date),
        '应签字' || coalesce({{ text_of('signatures_due') }} || '人', '人数未填') || '，已签字'
        || coalesce({{ text_of('signatures') }} || '人', '人数未填') || '，要求' || {{ counted_text('numerator') }} || '/'
        || {{ counted_text('denominator') }} || '以上', null, null
    from award
    union all
    select
        award_key, county_code, 'quantified', case when quantified then 'good' else 'missing' end,
        quantified_due, cast(null as date),
        case when quantified then '补助形成的资产已量化到成员' when not quantified then '补助形成的资产未量化到成员' else '资产量化情况未填' end,
        null, null
    from award
)

select award_key, county_code, check_id, finding, due_on, done_on, words, days_with_first, days_without_first
from told

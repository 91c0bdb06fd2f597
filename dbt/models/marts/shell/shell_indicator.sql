-- Indicators of the shell rules (spec 3.1) of every cooperative in force, one row each: null where the rule is unknown or
-- exempt, with the reason beside it. No data is not guilt. The judge reads this table.

with rule as (
    {{ shell_rules_by_county(['k11']) }}
),

county as (
    select county_code, is_delivered
    from {{ ref('measure_delivery') }}
    where measure_id = 'shell_status' and part = 'K10'
),

-- The largest subsidised group that a cooperative belongs to; of two of one size, that of the representative.
tie as (
    select
        credit_code, max(case when group_subsidised > 0 then others else 0 end) as others,
        max(case when place = 1 and group_subsidised > 0 then limb end) as limb,
        max(case when place = 1 and group_subsidised > 0 then tie_key end) as tie_key,
        max(case when place = 1 and group_subsidised > 0 then group_subsidised end) as group_subsidised
    from (
        select
            credit_code, limb, tie_key, others, group_subsidised,
            row_number() over (
                partition by credit_code
                order by case when group_subsidised > 0 then 0 else 1 end, others desc, limb desc, tie_key
            ) as place
        from {{ ref('shell_tie') }}
    ) as ranked
    group by credit_code
),

tied as (
    select
        coop.credit_code, rule.k11_on, {{ shell_exempt('k11') }} as k11_exempt,
        case
            when tie.others >= rule.k11_threshold or coalesce(county.is_delivered, false) then tie.others
        end as k11_value,
        case
            when not coalesce(county.is_delivered, false) then '未收到本旗县奖补对象台账'
            else '无法定代表人联系电话，住所也没有门牌号，无法比对'
        end as k11_missing,
        coalesce(shown.shown_on, coop.delivered_on) as k11_seen_on,
        tie.limb as k11_limb, tie.tie_key as k11_key, tie.group_subsidised
    from {{ ref('shell_subject') }} as coop
    left join rule on coop.county_code = rule.county_code
    left join county on coop.county_code = county.county_code
    left join tie on coop.credit_code = tie.credit_code
    left join {{ ref('shell_tie_shown') }} as shown on tie.limb = shown.limb and tie.tie_key = shown.tie_key
),

tie_outcome as (
    select credit_code, k11_limb, k11_key, group_subsidised, {{ shell_outcome('k11', 'k11_group_others') }}
    from tied
)

select
    coop.credit_code, coop.county_code, coop.name, coop.is_union,
    member.fiscal_year, member.members, member.farmer_members, member.member_coops, member.kind_unknown_members,
    member.accounts_year, member.identified_members, member.shared_members,
    business.first_idle_year, business.last_idle_year, record.first_missing_year, record.last_missing_year,
    record.listed_on, record.listed_reason, record.domicile_listed_on,
    business.stopped_on, business.first_no_on, business.last_no_on, business.award_year, business.award_idle_year,
    tie.group_subsidised, tie.k11_key,
    member.farmers_absent_on, record.unreachable_on,
    member.k01_limb, member.member_limb as k02_limb, member.member_limb as k03_limb, record.k08_limb,
    business.k09_limb, tie.k11_limb,
    member.k01_no_farmer, member.k01_state, member.k01_reason, member.k01_evidence_date,
    member.k02_members, member.k02_union_members, member.k02_state, member.k02_reason, member.k02_evidence_date,
    member.k03_farmer_share, member.k03_state, member.k03_reason, member.k03_evidence_date,
    member.k04_shared_share, member.k04_state, member.k04_reason, member.k04_evidence_date,
    business.k05_idle_years, business.k05_state, business.k05_reason, business.k05_evidence_date,
    record.k06_missing_years, record.k06_state, record.k06_reason, record.k06_evidence_date,
    record.k07_listed_months, record.k07_state, record.k07_reason, record.k07_evidence_date,
    record.k08_unreachable, record.k08_state, record.k08_reason, record.k08_evidence_date,
    business.k09_stopped, business.k09_state, business.k09_reason, business.k09_evidence_date,
    business.k10_idle_after_award, business.k10_state, business.k10_reason, business.k10_evidence_date,
    tie.k11_group_others, tie.k11_state, tie.k11_reason, tie.k11_evidence_date,
    record.k12_complaint, record.k12_state, record.k12_reason, record.k12_evidence_date,
    record.k13_illegal_finance, record.k13_state, record.k13_reason, record.k13_evidence_date
from {{ ref('shell_subject') }} as coop
join {{ ref('shell_member') }} as member on coop.credit_code = member.credit_code
join {{ ref('shell_business') }} as business on coop.credit_code = business.credit_code
join {{ ref('shell_record') }} as record on coop.credit_code = record.credit_code
join tie_outcome as tie on coop.credit_code = tie.credit_code

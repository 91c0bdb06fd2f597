-- K01 to K04 (spec 3.1, kind 1: 无农民成员实际参与), one row a cooperative in force. Where members of unknown kind could
-- decide, the kind most in favour is taken; what stays open is unknown.

with rule as (
    {{ shell_rules_by_county(['k01', 'k02', 'k03', 'k04']) }}
),

policy as (
    {{ county_policies(['shell_identity_share']) }}
),

seen as (
    select
        coop.credit_code, coop.is_union,
        {%- for id in ['k01', 'k02', 'k03', 'k04'] %}
        rule.{{ id }}_on, {{ shell_exempt(id) }} as {{ id }}_exempt,
        {%- endfor %}
        rule.k02_union_threshold, rule.k03_threshold, policy.shell_identity_share,
        coalesce(account.is_recent, false) as is_usable,
        case
            when account.credit_code is null then '未收到该社成员账户'
            when not account.is_recent then '最近的成员账户为' || {{ text_of('account.fiscal_year') }} || '年度，已超过'
                || {{ counted_text('account.accounts_age_months') }} || '个月'
        end as missing,
        -- the year's figures: accounts, else the public report
        case when account.is_recent then account.fiscal_year else report.report_year end as fiscal_year,
        case when account.is_recent then account.year_end else make_date(report.report_year, 12, 31) end as year_end,
        case when account.is_recent then account.members else report.members end as members,
        case when account.is_recent then account.farmer_members else report.farmer_members end as farmer_members,
        case when account.is_recent then account.member_coops end as member_coops,
        case when account.is_recent then account.kind_unknown_members end as kind_unknown_members,
        case when account.is_recent then account.fiscal_year end as accounts_year,
        case when account.is_recent then account.year_end end as accounts_end,
        case when account.is_recent then account.identified_members end as identified_members,
        case when account.is_recent then account.shared_members end as shared_members,
        visit.farmers_take_part, visit.farmers_take_part_on
    from {{ ref('shell_subject') }} as coop
    left join rule on coop.county_code = rule.county_code
    left join policy on coop.county_code = policy.policy_county
    left join {{ ref('shell_account') }} as account on coop.credit_code = account.credit_code
    left join {{ ref('shell_report') }} as report on coop.credit_code = report.credit_code
    left join {{ ref('shell_inspection') }} as visit on coop.credit_code = visit.credit_code
),

farmer as (
    select
        credit_code, case
            when not is_usable then null
            when farmer_members > 0 then false
            when kind_unknown_members = 0 then true
        end as none_in_accounts
    from seen
),

judged as (
    select
        seen.credit_code, seen.is_union, seen.is_usable, seen.fiscal_year, seen.members, seen.farmer_members,
        seen.member_coops, seen.kind_unknown_members, seen.accounts_year, seen.identified_members, seen.shared_members,
        {%- for id in ['k01', 'k02', 'k03', 'k04'] %}
        seen.{{ id }}_on, seen.{{ id }}_exempt,
        {%- endfor %}
        case
            when farmer.none_in_accounts or not seen.farmers_take_part then 1
            when not farmer.none_in_accounts or seen.farmers_take_part then 0
        end as k01_value,
        coalesce(seen.missing, '成员类型不明，无法判断有无农民成员') as k01_missing,
        coalesce(greatest(
            case when coalesce(farmer.none_in_accounts, seen.farmers_take_part is null) then seen.accounts_end end,
            case when not seen.farmers_take_part then seen.farmers_take_part_on end
        ), seen.accounts_end, seen.farmers_take_part_on) as k01_seen_on,
        case
            when not coalesce(farmer.none_in_accounts, false) and not seen.farmers_take_part then 'inspection'
            else 'accounts'
        end as k01_limb,
        case when not seen.farmers_take_part then seen.farmers_take_part_on end as farmers_absent_on,
        case
            when not seen.is_union or not seen.is_usable then seen.members
            when seen.kind_unknown_members = 0 or seen.member_coops >= seen.k02_union_threshold then seen.member_coops
            when seen.member_coops + seen.kind_unknown_members < seen.k02_union_threshold
                then seen.member_coops + seen.kind_unknown_members
        end as k02_value,
        coalesce(case when seen.members is null then seen.missing end, '成员类型不明，无法判断成员社数量') as k02_missing,
        case
            when seen.members = 0 then null
            when seen.farmer_members >= seen.k03_threshold * seen.members or coalesce(seen.kind_unknown_members, 0) = 0
                then {{ ratio_floor('seen.farmer_members', 'seen.members') }}
            when seen.farmer_members + seen.kind_unknown_members < seen.k03_threshold * seen.members
                then {{ ratio_floor('(seen.farmer_members + seen.kind_unknown_members)', 'seen.members') }}
        end as k03_value,
        coalesce(
            case
                when seen.members is null then seen.missing
                when seen.members = 0 then '成员账户年末没有成员，无法计算比例'
                when seen.farmer_members is null then '年度报告未填农民人数'
            end, '成员类型不明，无法计算农民成员比例'
        ) as k03_missing,
        case
            when seen.identified_members > 0
                and seen.identified_members >= {{ exact_product('seen.members', 'seen.shell_identity_share') }}
                then {{ ratio_floor('seen.shared_members', 'seen.identified_members') }}
        end as k04_value,
        coalesce(case when not seen.is_usable then seen.missing end, '成员账户中有效身份证号不足半数') as k04_missing,
        seen.year_end as k02_seen_on, seen.year_end as k03_seen_on, seen.accounts_end as k04_seen_on
    from seen
    join farmer on seen.credit_code = farmer.credit_code
)

select
    credit_code, fiscal_year, members, farmer_members, member_coops, kind_unknown_members,
    accounts_year, identified_members, shared_members, farmers_absent_on, k01_limb,
    case when is_usable then 'accounts' else 'report' end as member_limb,
    {{ shell_outcome('k01', 'k01_no_farmer') }},
    case when not is_union and k02_on is not null then k02_value end as k02_members,
    case when is_union and k02_on is not null then k02_value end as k02_union_members,
    case when k02_on is null then null when k02_value is null then 'unknown' else 'evaluated' end as k02_state,
    case when k02_on is not null and k02_value is null then k02_missing end as k02_reason,
    k02_seen_on as k02_evidence_date,
    {{ shell_outcome('k03', 'k03_farmer_share') }},
    {{ shell_outcome('k04', 'k04_shared_share') }}
from judged

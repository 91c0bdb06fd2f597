-- Indicators of the shell rules (spec 3.1, rulings 6.3.2) of every cooperative in force. No data is not guilt: a rule
-- without its inputs is unknown, and where members of unknown kind could decide, the kind most in favour is taken.

with run as (
    select as_of from {{ ref('run_month') }}
),

age_policy as (
    {{ county_policies(['accounts_age_months']) }}
),

newest as (
    select
        credit_code, fiscal_year, members, farmer_members, member_coops, kind_unknown_members,
        content_hash, file_name, sheet, first_row, last_row,
        make_date(fiscal_year, 12, 31) as year_end,
        row_number() over (partition by credit_code order by fiscal_year desc) as place
    from {{ ref('account_summary') }}
),

coop as (
    select
        coop.key as credit_code, coop.county_code, coop.name, coop.is_union,
        newest.credit_code is not null as has_accounts,
        newest.year_end >= {{ add_months('run.as_of', '-age_policy.accounts_age_months') }} as is_recent,
        cast(cast(age_policy.accounts_age_months as int) as {{ dbt.type_string() }}) as age_months,
        newest.fiscal_year, newest.year_end, newest.members, newest.farmer_members, newest.member_coops,
        newest.kind_unknown_members, newest.content_hash, newest.file_name, newest.sheet, newest.first_row,
        newest.last_row
    from {{ ref('cooperative') }} as coop
    cross join run
    left join newest on coop.key = newest.credit_code and newest.place = 1
    left join age_policy on coop.county_code = age_policy.policy_county
    where coop.in_force
),

usable as (
    select
        credit_code, county_code, name, is_union, has_accounts and is_recent as is_usable,
        case
            when not has_accounts then '未收到该社成员账户'
            when not is_recent then '最近的成员账户为' || cast(fiscal_year as {{ dbt.type_string() }}) || '年度，已超过' || age_months || '个月'
        end as missing_reason,
        case when has_accounts and is_recent then fiscal_year end as fiscal_year,
        case when has_accounts and is_recent then year_end end as evidence_date,
        case when has_accounts and is_recent then members end as members,
        case when has_accounts and is_recent then farmer_members end as farmer_members,
        case when has_accounts and is_recent then member_coops end as member_coops,
        case when has_accounts and is_recent then kind_unknown_members end as kind_unknown_members,
        content_hash, file_name, sheet, first_row, last_row
    from coop
),

-- A count that unknown kinds could lift over the threshold is unknown; else the most favourable reading stands.
indicator as (
    select
        usable.credit_code, usable.county_code, usable.name, usable.is_union, usable.is_usable, usable.missing_reason,
        usable.fiscal_year, usable.evidence_date, usable.members, usable.farmer_members, usable.member_coops,
        usable.kind_unknown_members, usable.content_hash, usable.file_name, usable.sheet, usable.first_row, usable.last_row,
        case
            when is_union or not is_usable then null
            when farmer_members > 0 then 0
            when kind_unknown_members = 0 then 1
        end as k01_no_farmer,
        case when not is_union and is_usable then members end as k02_members,
        case
            when not is_union or not is_usable then null
            when kind_unknown_members = 0 or member_coops >= union_rule.threshold then member_coops
            when member_coops + kind_unknown_members < union_rule.threshold then member_coops + kind_unknown_members
        end as k02_union_members,
        case
            when is_union or not is_usable or members = 0 then null
            when kind_unknown_members = 0 or farmer_members >= share_rule.threshold * members
                then {{ ratio_floor('farmer_members', 'members') }}
            when farmer_members + kind_unknown_members < share_rule.threshold * members
                then {{ ratio_floor('farmer_members + kind_unknown_members', 'members') }}
        end as k03_farmer_share
    from usable
    left join {{ ref('shell_rule_in_force') }} as union_rule on union_rule.indicator_column = 'k02_union_members'
    left join {{ ref('shell_rule_in_force') }} as share_rule on share_rule.indicator_column = 'k03_farmer_share'
)

select
    credit_code, county_code, name, is_union, fiscal_year, members, farmer_members, member_coops, kind_unknown_members,
    k01_no_farmer,
    case when is_union then 'exempt' when k01_no_farmer is null then 'unknown' else 'evaluated' end as k01_state,
    case
        when is_union then '联合社不适用'
        when not is_usable then missing_reason
        when k01_no_farmer is null then '成员类型不明，无法判断有无农民成员'
    end as k01_reason,
    evidence_date as k01_evidence_date,
    k02_members, k02_union_members,
    case when coalesce(k02_members, k02_union_members) is null then 'unknown' else 'evaluated' end as k02_state,
    case
        when not is_usable then missing_reason
        when coalesce(k02_members, k02_union_members) is null then '成员类型不明，无法判断成员社数量'
    end as k02_reason,
    evidence_date as k02_evidence_date,
    k03_farmer_share,
    case when is_union then 'exempt' when k03_farmer_share is null then 'unknown' else 'evaluated' end as k03_state,
    case
        when is_union then '联合社不适用'
        when not is_usable then missing_reason
        when members = 0 then '成员账户年末没有成员，无法计算比例'
        when k03_farmer_share is null then '成员类型不明，无法计算农民成员比例'
    end as k03_reason,
    evidence_date as k03_evidence_date,
    case when is_usable then
        '{"fiscal_year":' || cast(fiscal_year as {{ dbt.type_string() }})
        || ',"members":' || cast(members as {{ dbt.type_string() }})
        || ',"farmer_members":' || cast(farmer_members as {{ dbt.type_string() }})
        || ',"member_coops":' || cast(member_coops as {{ dbt.type_string() }})
        || ',"kind_unknown_members":' || cast(kind_unknown_members as {{ dbt.type_string() }}) || '}'
    end as parameters,
    content_hash, file_name, sheet, first_row, last_row
from indicator

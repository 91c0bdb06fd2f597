-- Since when a subsidised group of K11 has been as it is (rulings 6.6.2): the first delivery of the register that showed all
-- of its cooperatives with what ties them. One row a group.

with member as (
    select tie.limb, tie.tie_key, tie.credit_code, coop.legal_representative, {{ house_number('coop.domicile') }} as house
    from {{ ref('shell_tie') }} as tie
    join {{ ref('shell_subject') }} as coop on tie.credit_code = coop.credit_code
    where tie.group_subsidised > 0 and tie.others > 0
),

shown as (
    select member.limb, member.tie_key, member.credit_code, min(register.snapshot_date) as first_on
    from member
    join (select version.credit_code, version.legal_representative, version.domicile, version.snapshot_date
        from {{ countable('gsxt', 'registration', 'version') }}) as register
        on member.credit_code = register.credit_code
    where case member.limb
        when 'representative' then register.legal_representative = member.legal_representative
        else {{ house_number('register.domicile') }} = member.house
    end
    group by member.limb, member.tie_key, member.credit_code
)

select limb, tie_key, max(first_on) as shown_on
from shown
group by limb, tie_key

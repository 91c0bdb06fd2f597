"""What a counted number counts: for a mart's column the SQL of its parts, from the models behind it.

Every statement gives key, name, value and the source row (content_hash, file_name, sheet, row_number), and may use the
columns of the mart's row as $column. `value`: true or an amount adds, false and 0 are of the denominator only, null is unknown.
Members of a cooperative are named by their number, advisors by their certificate.
"""

from __future__ import annotations

_SOURCE = "content_hash, file_name, sheet, row_number"


def _from(alias: str) -> str:
    return ", ".join(f"{alias}.{name}" for name in _SOURCE.split(", "))


def _award(value: str, condition: str) -> str:
    return f"select award_key as key, name, {value} as value, {_SOURCE} from award_in_view where county_code = $county_code and {condition}"


def _check(value: str, condition: str) -> str:
    return (f"select award_key || ' ' || check_name as key, entity_name as name, {value} as value, {_SOURCE} from award_check "
            f"where county_code = $county_code and {condition}")


_YEAR = "year = (select report_year from run_month)"
_BY_KIND = "year = $year and entity_type = $entity_type and support = '奖励补助'"
_QUOTA = {
    ("quota_progress", "quota"): "select county_code as key, county_label as name, case when $entity_type = '农民合作社' then coops else farms end as value, "
                                 f"{_SOURCE} from quota_task where county_code = $county_code and year = $year",
    **{("quota_progress", name): _award(flag, _BY_KIND) for name, flag in (
        ("recommended", "is_recommended"), ("awarded", "is_recognised"), ("accepted", "is_accepted"), ("paid", "is_paid"))},
}  # fmt: skip

_RECOGNISED = f"{_YEAR} and is_recognised"
_AS_OF = "(select as_of from run_month)"
_SUPERVISION = {
    **{("supervision_county", f"quota_{name}"): f"select county_code as key, county_label as name, {name} as value, {_SOURCE} from quota_task "
       f"where county_code = $county_code and {_YEAR}" for name in ("coops", "farms")},
    **{("supervision_county", f"{state}_{name}"): _award(f"support {sign} '奖励补助' and entity_type = '{kind}'", _RECOGNISED)
       for state, sign in (("awarded", "="), ("standardised", "<>")) for name, kind in (("coops", "农民合作社"), ("farms", "家庭农场"))},
    ("supervision_county", "accepted"): _award("is_accepted", _RECOGNISED),
    ("supervision_county", "paid"): _award("is_paid", _RECOGNISED),
    **{("supervision_county", name): f"select entity_key as key, county_name as name, {name} as value, {_SOURCE} "
       f"from asof_programme__district_task where county_code = $county_code and {_YEAR}" for name in ("funds_allotted", "funds_paid")},
    **{("supervision_county", name): _check(value, f"check_id = '{check}' and due_on < {_AS_OF}") for name, check, value in (
        ("due_updates", "updated", "true"), ("updated", "updated", "outcome = '通过'"),
        ("due_flags", "flagged", "true"), ("flagged", "flagged", "outcome = '通过'"))},
    ("supervision_county", "problems"): _check("outcome = '问题'", "true"),
}  # fmt: skip

_CLIENT = f"""
    select client.entity_key as key, row.name, {{value}} as value, {_from('row')}
    from contract_client as client
    join asof_programme__service_client as row on client.contract_no = row.contract_no and client.entity_key = row.entity_key
    where client.contract_no = $contract_no and client.county_code = $county_code and {{condition}}
"""
_IS_COOP, _IS_FARM = "client.entity_type = '农民合作社'", "client.entity_type = '家庭农场'"
_COOPS = f"select key, name, {{value}} as value, {_SOURCE} from cooperative where county_code = $county_code and in_force"
_FARMS = f"select key, name, {{value}} as value, {_SOURCE} from family_farm where county_code = $county_code and status = 'listed'"
_CODED = f"""
    select farm.key, farm.name, {{value}} as value, {_from('farm')} from coverage_farm as said join family_farm as farm on said.key = farm.key
    where said.county_code = $county_code
"""
_LISTED = f"""
    select said.key, coop.name, {{value}} as value, {_from('entry')} from coverage_listing as said
    left join cooperative as coop on said.key = coop.key
    left join (select distinct on (credit_code) credit_code, {_SOURCE} from asof_gsxt__abnormal_listing
               order by credit_code, received_order desc, listed_on desc, sheet, row_number) as entry on said.key = entry.credit_code
    where said.county_code = $county_code
"""
_CONTRACT = {("contract_evaluation", name): sql for name, sql in (
    ("coops_served", _CLIENT.format(value="true", condition=_IS_COOP)), ("farms_served", _CLIENT.format(value="true", condition=_IS_FARM)),
    ("coops_numerator", _CLIENT.format(value="client.is_in_force", condition=_IS_COOP)), ("coops_denominator", _COOPS.format(value="true")),
    ("farms_numerator", _CLIENT.format(value="client.is_in_force", condition=_IS_FARM)), ("farms_denominator", _FARMS.format(value="true")),
    ("proxy_clients", _CLIENT.format(value="client.proxy_bookkeeping", condition="true")),
    ("accounts_sound_numerator", _CLIENT.format(value="client.accounts_sound", condition=_IS_COOP)),
    ("accounts_sound_denominator", _CLIENT.format(value="true", condition=_IS_COOP)),
    ("removal_numerator", _LISTED.format(value="said.was_removed")), ("removal_denominator", _LISTED.format(value="true")),
    ("code_numerator", _CODED.format(value="said.is_coded")), ("code_denominator", _CODED.format(value="true")),
)}  # fmt: skip

_PLACES = """(select region_code from region where region_level = 'county'
    and ($region_level = 'county' and region_code = $region_code or $region_level = 'prefecture' and parent_code = $region_code))"""
_FLAG = {"star_coops": "said.is_star", "led_coops": "said.is_led", "led_five_star": "said.is_led and said.is_five_star"}


def _affiliates(condition: str) -> str:
    cases = " ".join(f"when '{name}' then {flag}" for name, flag in _FLAG.items())
    return f"""
        select said.credit_code as key, said.name, case $indicator {cases} end and {condition} as value, {_from('row')}
        from plan_affiliate as said join asof_supply_coop__affiliate as row on said.credit_code = row.credit_code
        where said.county_code in {_PLACES}
    """


_PLAN = {
    ("plan_progress", "target"): f"""
        select region_code as key, county_label as name, target as value, {_SOURCE} from plan_target
        where year = $year and indicator = $indicator and (region_level = $region_level and region_code = $region_code
            or $region_level = 'prefecture' and prefecture_code = $region_code and region_level = 'county' and not exists (
                select 1 from plan_target as city where city.region_level = 'prefecture' and city.region_code = $region_code
                    and city.year = $year and city.indicator = $indicator))
    """,
    ("plan_progress", "actual"): _affiliates("true"), ("plan_progress", "trial"): _affiliates("said.rating_source = '试算'"),
}  # fmt: skip

_MEMBER = "coalesce(joined_on <= make_date(fiscal_year, 12, 31), true) and not coalesce(left_on <= make_date(fiscal_year, 12, 31), false)"
_ACCOUNTS = f"""
    select member_no as key, '成员 ' || member_no as name, {{value}} as value, {_SOURCE} from asof_coop_finance__member_account
    where credit_code = $credit_code and fiscal_year = $fiscal_year
"""
_UNIT = "member_kind in ('企业', '事业单位', '社会组织') or member_kind = '合作社' and not $is_union"
_RETURN = {("surplus_return", name): sql for name, sql in (
    ("accounts", _ACCOUNTS.format(value="true")), ("members", _ACCOUNTS.format(value=_MEMBER)),
    ("farmer_members", _ACCOUNTS.format(value=f"{_MEMBER} and member_kind = '农民'")),
    ("unit_members", _ACCOUNTS.format(value=f"{_MEMBER} and ({_UNIT})")),
    ("returned_in_accounts", _ACCOUNTS.format(value="returned")),
    ("roster_members", f"select credit_code as key, $name as name, members as value, {_SOURCE} from asof_gsxt__annual_report "
                       "where credit_code = $credit_code and report_year = $fiscal_year"),
    ("failed_checks", "select check_id as key, check_name as name, true as value, $content_hash as content_hash, $file_name as file_name, "
                      "$sheet as sheet, $row_number as row_number from statement_check "
                      "where credit_code = $credit_code and fiscal_year = $fiscal_year"),
)}  # fmt: skip

_ITEMS = f"select indicator_id as key, indicator_name as name, {{value}} as value, {_SOURCE} from star_rating_item where credit_code = $credit_code"
_DIMENSIONS = ("经营规模", "财务管理", "制度", "生产服务", "联农带农", "社会声誉")
_STAR = {("star_rating", name): sql for name, sql in (
    ("earned_points", _ITEMS.format(value="points")),
    ("applicable_weight", _ITEMS.format(value="case when state <> '不适用' then weight end")),
    ("known_weight", _ITEMS.format(value="case when state not in ('不适用', '缺证据') then weight end")),
    *((f"points_{at}", _ITEMS.format(value="points") + f" and dimension = '{name}'") for at, name in enumerate(_DIMENSIONS)),
)}  # fmt: skip

_VILLAGE = {("village_month", name): f"""
    select entity_key as key, {column} as name, {column} is not null and {column} <> '' as value, {_SOURCE} from asof_village__monthly
    where content_hash = $content_hash and sheet = $sheet and row_number = $row_number
""" for name, column in (("enterprises", "enterprise"), ("organisations", "organisation"))}

_HERE = "($is_total or coalesce({place}, '') = $township_name)"


def _advisor(value: str) -> str:
    return f"""
        select a.advisor_key as key, coalesce(a.certificate_no, '无证书') as name, {value} as value, {_from('a')}
        from advisor as a
        left join advisor_year as worked on a.advisor_key = worked.advisor_key and worked.year = (select report_year from run_month)
        left join advisor_quarter as quarter on a.advisor_key = quarter.advisor_key and quarter.quarter = $quarter
        left join advisor_training as training on a.advisor_key = training.advisor_key
        where a.county_code = $county_code and {_HERE.format(place='a.township_name')}
    """


def _served(kind: str) -> str:
    return f"""
        select service.entity as key, service.entity as name, true as value, {_from('service')}
        from (select s.entity, s.entity_type, a.township_name, {_from('s')}, row_number() over (
                  partition by s.entity_type, s.entity order by s.served_on desc, a.advisor_key, s.file_name, s.sheet, s.row_number) as place
              from advisor_service as s join advisor as a on s.advisor_key = a.advisor_key
              where a.county_code = $county_code and s.entity is not null and year(s.served_on) = (select report_year from run_month)) as service
        where service.place = 1 and service.entity_type = '{kind}' and {_HERE.format(place='service.township_name')}
    """


_REGISTERED = f"""
    select coop.key, coop.name, {{value}} as value, {_from('coop')} from coverage_coop as said join cooperative as coop on said.key = coop.key
    left join admin_division as town on coop.township_code = town.code and town.level = 'township' and town.valid_to is null
    where said.county_code = $county_code and {_HERE.format(place='town.name')}
"""
_DIRECTORY = f"""
    select farm.key, farm.name, {{value}} as value, {_from('farm')} from coverage_farm as said join family_farm as farm on said.key = farm.key
    where said.county_code = $county_code and {_HERE.format(place='farm.township_name')}
"""
_ADVISORS = {("advisor_progress", name): sql for name, sql in (
    ("advisors", _advisor("a.in_office")), ("below_minimum", _advisor("a.in_office and worked.entities_served < worked.entities_minimum")),
    ("reached", _advisor("a.in_office and quarter.status = '达标'")), ("in_progress", _advisor("a.in_office and quarter.status = '进行中'")),
    ("door_visits", _advisor("quarter.door_visits")),
    ("pre_trained", _advisor("a.in_office and year(training.pre_trained_on) = (select report_year from run_month)")),
    ("in_service", _advisor("a.in_office and training.in_service_trained")),
    ("coops_served", _served("农民合作社")), ("farms_served", _served("家庭农场")),
    ("coops", _REGISTERED.format(value="true")), ("coops_advised", _REGISTERED.format(value="said.is_advised")),
    ("farms", _DIRECTORY.format(value="true")), ("farms_advised", _DIRECTORY.format(value="said.is_advised")),
)}  # fmt: skip

# A rule that was asked is no row of a file: its own counts are.
_RULE = ("select $expectation as key, $says as name, {value} as value, null as content_hash, null as file_name, null as sheet, "
         "null as row_number")
_QUALITY = {("data_quality", "made"): _RULE.format(value="$evaluated > 0"), ("data_quality", "missed"): _RULE.format(value="$failed > 0")}

PARTS: dict[tuple[str, str], str] = (
    _QUALITY | _QUOTA | _SUPERVISION | _CONTRACT | _PLAN | _RETURN | _STAR | _VILLAGE | _ADVISORS)

# Measures that count entities: the family, and the answers that make numerator and denominator (coverage_entity_count).
_FAMILIES = {
    "coop": ("coverage_coop", "join cooperative as e on said.key = e.key", "e.name", _from("e")),
    "farm": ("coverage_farm", "join family_farm as e on said.key = e.key", "e.name", _from("e")),
    "listing": ("coverage_listing", "left join cooperative as c on said.key = c.key left join (select distinct on (credit_code) credit_code, "
                f"{_SOURCE} from asof_gsxt__abnormal_listing order by credit_code, received_order desc, listed_on desc, sheet, row_number) as e "
                "on said.key = e.credit_code", "c.name", _from("e")),
}
_MEASURES = {
    "farm_code_rate": ("farm", "is_coded", "true"), "farm_update_rate": ("farm", "is_updated", "true"),
    "farm_stale_2y": ("farm", "is_stale_2y", "true"), "farm_advised_rate": ("farm", "is_advised", "true"),
    "farm_direct_report_rate": ("farm", "is_direct_reported", "true"), "bookkeeping_rate": ("farm", "keeps_books", "is_coded"),
    "coop_annual_report_rate": ("coop", "has_reported", "is_obliged"), "abnormal_listing_rate": ("coop", "is_listed", "true"),
    "coop_advised_rate": ("coop", "is_advised", "true"), "visit_sweep_rate": ("coop", "is_swept", "is_sweep_due"),
    "abnormal_removal_rate": ("listing", "was_removed", "true"), "abnormal_deregistered": ("listing", "was_deregistered", "true"),
}


def measure_parts(measure: str, side: str) -> str | None:
    """The parts of a measure's numerator or denominator in the counties that were counted; null for measures that sum reports."""
    if measure not in _MEASURES:
        return None
    family, above, below = _MEASURES[measure]
    model, join, name, source = _FAMILIES[family]
    value = f"said.{above}" if side == "numerator" else "true" if below == "true" else f"said.{below}"
    return f"""
        select said.key, {name} as name, {value} as value, {source} from {model} as said {join}
        where {"true" if below == "true" else f"said.{below}"} and said.county_code in (
            select place.region_code from region_ancestor as place
            join coverage as known on known.region_level = 'county' and known.region_code = place.region_code
                and known.measure_id = $measure_id and known.numerator is not null
            where place.region_level = 'county' and place.ancestor_level = $region_level and place.ancestor_code = $region_code)
    """

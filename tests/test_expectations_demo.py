"""The judge over a whole run: its flags against plain SQL, its results without personal values."""

from __future__ import annotations

from contextlib import closing

import duckdb

from tests.conftest import House

PLAIN = """
    with i as (from shell_indicator)
    select credit_code, 'K01' as rule_id, k01_no_farmer as value from i where k01_no_farmer = 1
    union all select credit_code, 'K02', k02_members from i where k02_members in (0, 1, 2, 3, 4)
    union all select credit_code, 'K02', k02_union_members from i where k02_union_members in (0, 1, 2)
    union all select credit_code, 'K03', k03_farmer_share from i where k03_farmer_share * 5 < 4
    union all select credit_code, 'K04', k04_shared_share from i where k04_shared_share * 2 >= 1
    union all select credit_code, 'K05', k05_idle_years from i where k05_idle_years not in (0, 1)
    union all select credit_code, 'K06', k06_missing_years from i where k06_missing_years not in (0, 1)
    union all select credit_code, 'K07', k07_listed_months from i where k07_listed_months / 12 >= 2
    union all select credit_code, 'K08', k08_unreachable from i where k08_unreachable = 1
    union all select credit_code, 'K09', k09_stopped from i where k09_stopped = 1
    union all select credit_code, 'K10', k10_idle_after_award from i where k10_idle_after_award = 1
    union all select credit_code, 'K11', k11_group_others from i where k11_group_others not in (0, 1)
    union all select credit_code, 'K12', k12_complaint from i where k12_complaint = 1
    union all select credit_code, 'K13', k13_illegal_finance from i where k13_illegal_finance = 1
    order by all
"""


def test_the_flags_of_a_run_equal_plain_sql(demo: House) -> None:
    lake, build = demo.home / "lake", demo.home / "warehouse" / "build.duckdb"
    with closing(duckdb.connect(str(build), read_only=True)) as con:
        plain = con.execute(PLAIN).fetchall()
        fired = con.execute(f"from '{lake}/judged/shell_fired/fired.parquet' order by all").fetchall()
    assert fired == plain
    with demo.warehouse() as con:
        published = con.execute("select credit_code, rule_id, value from shell_flag where outcome = 'fired' "
                                "order by all").fetchall()
    assert published == plain
    assert {f"K{number:02d}" for number in range(1, 14)} == {row[1] for row in plain}   # the demo plants them all


def test_a_run_passes_every_blocking_expectation_and_keeps_persons_out(demo: House) -> None:
    judged, typed = demo.home / "lake" / "judged", demo.home / "lake" / "typed"
    results, counties = judged / "expectation_result" / "result.parquet", judged / "expectation_county" / "result.parquet"
    screened = judged / "screened" / "result.parquet"
    with duckdb.connect() as con:
        assert con.execute(f"select table_name, expectation from '{results}' where blocking and not success").fetchall() == []
        assert con.execute(f"select table_name, expectation from '{screened}' where severity = 'error' and failed > 0"
                           ).fetchall() == []
        sampled = con.execute(f"select sample from '{results}' union all select sample from '{screened}' "
                              f"union all select sample from '{counties}'").fetchall()
        sampled = [row for row in sampled if row[0] != "[]"]
        names = con.execute(
            f"select distinct member_name from '{typed}/coop_finance.member_account/*.parquet' "
            f"union select operator from '{typed}/farm_directory.farm/*.parquet'").fetchall()
    assert sampled
    assert len(names) > 100
    keys = [part for (text,) in sampled for part in text.strip("[]\"").replace('", "', "|").split("|")]
    assert not {name for (name,) in names} & set(keys)


def test_what_was_found_by_county_adds_up_and_is_published(demo: House) -> None:
    lake = demo.home / "lake"
    with demo.warehouse() as con:
        found = con.execute("select table_name, expectation, sum(evaluated), sum(failed) from data_quality "
                            "where table_id is null group by all order by all").fetchall()
        assert found == con.execute("select table_name, expectation, evaluated, failed from "
                                    f"'{lake}/judged/expectation_result/result.parquet' order by all").fetchall()
        # one expectation counted by hand, county by county
        typed = con.execute("select county_code, failed from data_quality where failed > 0 and table_id = 'farm_directory.farm' "
                            "and expectation = 'entered_on_updated_on_ordered' order by 1").fetchall()
        assert len(typed) == 3
    build = demo.home / "warehouse" / "build.duckdb"
    with closing(duckdb.connect(str(build), read_only=True)) as con:
        assert typed == con.execute("select county_code, count(*) from asof_farm_directory__farm "
                                    "where entered_on > updated_on group by 1 order by 1").fetchall()

"""Places: names, abbreviations, old codes, places in free text, and the county of a row (spec 1.2)."""

from __future__ import annotations

import csv

import pytest
from values_kit import Result, probe, type_rows

from dagster_project.receive.contracts import Column
from dagster_project.receive.regions import SEEDS, Found, Named, load_regions

NINGBO = {
    "海曙": "330203",
    "江北": "330205",
    "镇海": "330211",
    "北仑": "330206",
    "鄞州": "330212",
    "奉化": "330213",
    "余姚": "330281",
    "慈溪": "330282",
    "宁海": "330226",
    "象山": "330225",
}
PLACE = [
    Column(name="p", header="省", type="region", region="province"),
    Column(name="f", header="市", type="region", region="prefecture"),
    Column(name="c", header="区", type="region", region="county"),
    Column(name="code", header="信用代码", type="credit_code"),
    Column(name="address", header="住所"),
]


def placed(*rows: tuple, hints: tuple[str, ...] = (), scope: str | None = None) -> Result:
    """Rows of (省, 市, 区, 信用代码, 住所), placed."""
    names = ["p", "f", "c", "code", "address"]
    return type_rows(
        probe(*PLACE),
        ["id", *names],
        [(f"n{i}", *row) for i, row in enumerate(rows)],
        hints=hints,
        scope=scope,
    )


def county(
    p=None, f=None, c=None, code=None, address=None, *, hints: tuple[str, ...] = (), scope: str | None = None
) -> str:
    """The county code of one row, or COUNTY_UNKNOWN."""
    result = placed((p, f, c, code, address), hints=hints, scope=scope)
    return result.typed[0]["county_code"] if result.typed else result.rejected[0]["code"]


def code_in(division: str) -> str:
    return f"93{division}MA00000010"


def test_the_seed_is_whole() -> None:
    with (SEEDS / "admin_division.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 44703
    assert len({(r["code"], r["level"]) for r in rows}) == 44703
    levels = [sum(r["level"] == level for r in rows) for level in ("province", "prefecture", "county", "township")]
    assert levels == [31, 342, 2978, 41352]
    codes = {r["code"] for r in rows}
    old = [code for r in rows for code in r["predecessor"].split(";") if code]
    assert old and not codes & set(old) and len(old) == len(set(old)) and all(len(code) == 6 for code in old)


def test_aliases_stand_for_divisions_that_are() -> None:
    regions = load_regions()
    known = {"county": regions.counties, "prefecture": regions.prefectures, "province": regions.provinces}
    with (SEEDS / "region_alias.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            assert row["code"] in known[row["level"]] and row["kind"] in ("short", "old")


@pytest.mark.parametrize(("short", "code"), NINGBO.items())
def test_ningbo_short_names_with_a_hint(short: str, code: str) -> None:
    assert county(c=short, hints=("宁波",)) == code
    assert county(c=short, hints=("附件：宁波市三年行动计划任务进度表",)) == code
    assert county(c=short, f="宁波") == code
    assert county(c=short, f="宁波市", p="浙江") == code


def test_the_only_parent_in_which_all_names_of_the_column_resolve() -> None:
    result = placed(*[(None, None, short, None, None) for short in NINGBO])
    assert [r["county_code"] for r in result.typed] == list(NINGBO.values())
    # 江北 alone is one of several in the nation
    assert county(c="江北") == "COUNTY_UNKNOWN"
    assert county(c="江北区") == "COUNTY_UNKNOWN"
    # a misspelt name does not take its neighbours' parent away
    result = placed(*[(None, None, c, None, None) for c in ("江北", "象山", "海曙", "幸福区")])
    assert [r["county_code"] for r in result.typed] == ["330205", "330225", "330203"]
    assert result.rejections == [(5, "区", "COUNTY_UNKNOWN")]


def test_wuhai_has_a_district_named_like_a_province() -> None:
    for hints in (("乌海市农牧局",), ("海南区.xlsx", "乌海"), ()):
        assert county(c="海南区", hints=hints) == "150303"
        assert county(c="海勃湾区", hints=hints) == "150302"
    assert county(c="海南", hints=("乌海市",)) == "150303"
    assert county(c="海南", f="乌海市") == "150303"
    assert county(p="内蒙古自治区", f="乌海市", c="乌达") == "150304"
    assert county(p="内蒙古", f="乌海", c="乌达区") == "150304"


def test_names_that_carry_their_parents() -> None:
    assert county(c="内蒙古自治区乌海市海南区") == "150303"
    assert county(c="乌海市/海勃湾区") == "150302"
    assert county(c="宁波市江北区") == "330205"
    assert county(f="内蒙古自治区乌海市", c="海南") == "150303"


def test_abbreviations_of_the_seed() -> None:
    assert county(c="鄂前旗") == "150623"
    assert county(c="鄂前旗", f="鄂尔多斯市") == "150623"
    assert county(c="鄂前旗", f="乌海市") == "COUNTY_UNKNOWN"  # not inside the parent that the row names
    assert county(c="阿左旗", f="阿盟") == "152921"
    assert county(c="鄂伦春旗", p="内蒙古") == "150723"


def test_division_codes() -> None:
    assert county(c="150302") == "150302"
    assert county(c="150302001") == "150302"
    assert county(c="150302001201") == "150302"
    assert county(c="150300") == "150300"
    assert county(c="150399") == "150399"
    assert county(c="990101") == "COUNTY_UNKNOWN"


def test_old_codes_and_names_are_mapped_and_told() -> None:
    for given in (
        {"c": "330283"},
        {"c": "奉化市", "f": "宁波市"},
        {"c": "江东区", "f": "宁波市"},
        {"c": "330204"},
    ):
        result = placed((None, given.get("f"), given["c"], None, None))
        expected = "330213" if given["c"] in ("330283", "奉化市") else "330212"
        assert [r["county_code"] for r in result.typed] == [expected]
        assert [(i["column_name"], i["code"]) for i in result.issues] == [("区", "REGION_OLD")]
    result = placed((None, None, None, code_in("330283"), None))
    assert [r["county_code"] for r in result.typed] == ["330213"]
    assert [i["code"] for i in result.issues if i["code"] != "CHECK_DIGIT"] == ["REGION_OLD"]


def test_the_prefecture_itself_and_the_unplaced() -> None:
    assert county(c="市本级", f="乌海市") == "150300"
    assert county(c="市本级", hints=("乌海市",)) == "150300"
    assert county(c="乌海市本级") == "150300"
    assert county(c="市直", scope="150300") == "150300"
    assert county(c="乌海市", f="乌海市") == "150300"
    assert county(c="无法归属", f="乌海市") == "150399"
    assert county(c="无法归属", hints=("乌海市",)) == "150399"
    assert county(c="市本级") == "COUNTY_UNKNOWN"
    assert county(code=code_in("150300")) == "150300"
    assert county(code=code_in("150301")) == "150300"
    assert county(code=code_in("150371")) == "150399"  # a zone of the prefecture that is no county
    assert county(f="乌海市") == "150399"


def test_a_prefecture_without_counties_is_its_own_county() -> None:
    assert county(f="东莞市") == "441900"
    assert county(c="东莞市") == "441900"
    assert county(c="东莞", p="广东") == "441900"
    assert county(code=code_in("441900")) == "441900"


def test_the_scope_settles_what_nothing_else_does() -> None:
    assert county(c="江北", scope="330200") == "330205"
    assert county(c="江北", scope="500000") == "500105"
    assert county(scope="150302") == "150302"
    assert county(scope="150300") == "150399"


def test_the_rows_own_parent_goes_before_hints() -> None:
    assert county(c="江北区", f="宁波市", hints=("重庆市",)) == "330205"
    assert county(p="重庆市", c="江北区", hints=("宁波市",)) == "500105"
    assert county(c="江北区", f="重庆市", hints=("宁波市",)) == "500105"
    assert county(c="江北区", hints=("重庆市", "宁波市")) == "500105"  # the strongest hint first


def test_then_the_credit_code_then_the_address() -> None:
    assert county(code=code_in("150304")) == "150304"
    assert county(f="乌海市", code=code_in("150304")) == "150304"
    assert county(f="宁波市", code=code_in("150304"), address="浙江省宁波市象山县丹东街道") == "330225"
    assert county(f="宁波市", address="北仑区大碶街道") == "330206"
    assert county(address="内蒙古自治区乌海市海勃湾区某街") == "150302"
    assert county(address="某街一号") == "COUNTY_UNKNOWN"
    assert county() == "COUNTY_UNKNOWN"
    # an unknown name is told, and the row goes where its code or address says
    result = placed(
        (None, "乌海市", "幸福区", code_in("150302"), None),
        (None, "乌海市", "幸福区", None, "乌达区某街"),
        (None, "乌海市", "幸福区", None, None),
    )
    assert [r["county_code"] for r in result.typed] == ["150302", "150304"]
    assert result.codes("区") == ["UNKNOWN_VALUE", "UNKNOWN_VALUE"]
    assert result.rejections == [(4, "区", "COUNTY_UNKNOWN")]


def test_a_table_without_county_column_goes_by_hints_then_by_code() -> None:
    columns, row = ["credit_code", "fiscal_year"], [(code_in("150304"), "2023")]

    def where(hints: tuple[str, ...]) -> str:
        return type_rows("coop_finance.statement", columns, row, hints=hints).typed[0]["county_code"]

    assert where(("海勃湾区", "乌海市")) == "150302"
    assert where(("乌海市",)) == "150304"
    assert where(()) == "150304"
    assert where(("海勃湾区、海南区", "乌海市")) == "150304"


def test_a_legacy_number_begins_with_the_division() -> None:
    result = type_rows(
        "gsxt.registration",
        ["credit_code", "name", "kind"],
        [("150304NA000001X", "某社", "农民专业合作社")],
        hints=(),
    )
    assert [r["county_code"] for r in result.typed] == ["150304"]


def test_a_bureau_around_the_table_that_names_no_county_is_no_wrong_name() -> None:
    def where(bureau: str) -> list[str]:
        result = type_rows(
            "farm_directory.farm",
            ["name", "operator", "township_name"],
            [("某农场", "张测试", "某镇")],
            context={"county_name": bureau},
            hints=(bureau,),
        )
        return [r["county_code"] for r in result.typed] + result.codes()

    assert where("乌海市农牧局") == ["150399"]
    assert where("乌海市海南区农牧水务局") == ["150303"]


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("内蒙古自治区乌海市海勃湾区农牧局", Named(("150000",), ("150300",), ("150302",))),
        ("乌海市海南区.xlsx", Named((), ("150300",), ("150303",))),
        ("宁波江北合作社名册2024", Named((), ("330200",), ("330205",))),
        ("海南区", Named((), (), ("150303",))),
        ("海南", Named(("460000",), (), ())),
        ("农民专业合作社登记信息_20240731.xlsx", Named()),
        ("家庭农场名录", Named()),
        ("鄂前旗家庭农场", Named((), (), ("150623",))),
        ("江北区", Named()),
        ("农民合作市级示范社", Named()),
        ("甘南州合作市", Named((), ("623000",), ("623001",))),
        ("北京市朝阳区", Named(("110000",), (), ("110105",))),
        ("吉林省长春市朝阳区", Named(("220000",), ("220100",), ("220104",))),
        ("鄞州", Named((), (), ("330212",))),
        ("奉化市", Named((), (), ("330213",))),
        ("关于下达海勃湾区、乌达区任务的通知", Named((), (), ("150302", "150304"))),
    ],
)
def test_places_in_free_text(text: str, named: Named) -> None:
    assert load_regions().resolve_place(text) == named


def test_texts_help_each_other() -> None:
    regions = load_regions()
    assert regions.resolve_places(["江北", "宁波市"]) == Named((), ("330200",), ("330205",))
    assert regions.resolve_places(["海南", "乌海市"]) == Named((), ("150300",), ("150303",))
    assert regions.resolve_place("江北", within=["330200"]).counties == ("330205",)


def test_codes() -> None:
    regions = load_regions()
    assert (
        regions.prefecture_of("150302")
        == regions.prefecture_of("150300")
        == regions.prefecture_of("150399")
        == "150300"
    )
    assert regions.of_code("330205") == Found("330205", False)
    assert regions.of_code("330283") == Found("330213", True)
    assert regions.of_code("150300") is None and regions.of_code(None) is None
    assert regions.prefectures_in("150302") == {"150300"}
    assert regions.prefectures_in("110000") == {"110100"}

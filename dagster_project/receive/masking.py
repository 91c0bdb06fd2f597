"""Personal values as they may be shown (spec 5.4): 张**, 138****0001, 150**************4.

One list of patterns, carried out by DuckDB over columns and by Python on single texts. They are written so that
RE2 and `re` read them alike. A name is known by its column, by a label before it, by a number beside it, or as
a whole cell that begins with a surname and ends like no place, kind or office.
"""

from __future__ import annotations

import re
import unicodedata

import duckdb

from dagster_project.receive.sql import literal

SURNAMES = (
    "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏陶姜戚谢邹喻柏窦章苏潘葛范彭郎鲁韦马苗凤花方俞任袁柳鲍史唐费廉"
    "岑薛雷贺倪汤滕殷罗毕郝邬安常乐于傅皮卞齐康伍余顾孟黄穆萧尹姚邵汪祁毛狄米贝明臧戴谈宋庞熊纪舒屈项祝董梁杜阮蓝闵季贾路娄江童颜"
    "郭梅盛林刁钟徐邱骆高夏蔡田樊胡凌霍虞万支柯管卢莫房缪解应宗丁宣邓洪包左石崔吉龚程嵇邢裴陆荣翁荀甄曲封储靳段焦巴牧谷车侯宓全"
    "班仰秋仲伊宫宁仇栾甘厉祖武符刘景詹束龙叶幸司郜黎溥印怀蒲邰索赖卓蔺屠蒙池乔闻党翟谭贡姬申冉桑桂牛边燕冀尚农温庄晏柴瞿阎连艾"
    "容向古易廖耿匡国文寇广东欧利师巩聂晁敖冷辛阚那简饶曾沙养关查红游权盖益桓公肖佟苟付单肇白敬闫伏呼敏乌包斯巴额苏阿其哈朝萨"
)
_FAMILY = f"[{''.join(dict.fromkeys(SURNAMES))}]"
_HAN = "[一-鿿]"
_ENDINGS = "区县市旗盟州省镇乡村苏木嘎查社场级类型局部所店厂站户家人名次年月日元亩吨斤"    # of places, kinds, offices, counts
# A whole cell: two to four characters, or a name with a dot.
NAME = f"{_FAMILY}{_HAN}{{0,2}}[^{_ENDINGS}·]|{_HAN}{{1,8}}·{_HAN}{{1,8}}"
_TITLES = "姓名|填报人|填表人|制表人?|审核人?|复核人?|经办人|联系人|负责人|法定代表人|法人代表|户主|社长|会计|经营者|农场主|评价人|检查人|辅导员"
_WIDE = "０１２３４５６７８９Ｘｘ＋－"
_NARROW = "0123456789Xx+-"
_GAP = "[ -]?"
_MOBILE = "1[3-9][0-9]"
_LABELLED = rf"({_TITLES})([:： ]+)({_HAN}){_HAN}{{1,3}}"
# (pattern, replacement). Numbers twice: neighbours share the character between them.
_NUMBERS = (
    (rf"(^|[^0-9]|86)({_MOBILE}){_GAP}[0-9]{{4}}{_GAP}([0-9]{{4}})([^0-9]|$)", r"\1\2****\3\4"),
    (r"(^|[^0-9A-Z])([1-8][0-9]{2})[0-9]{12,14}([0-9Xx])([^0-9A-Z]|$)", r"\1\2**************\3\4"),
    (r"(^|[^0-9A-Z])([1-8][0-9]{2})[0-9]{3}[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])[0-9]{2}([0-9])([^0-9A-Z]|$)",
     r"\1\2***********\3\4"),
    (r"([1-9][0-9]{2})[0-9]{3}(?:19|20)[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])[0-9]{3}([0-9Xx])",
     r"\1**************\2"),
    (r"(^|[^0-9])(0[1-9][0-9]{1,2}-?)[0-9]{5}([0-9]{2,3})([^0-9]|$)", r"\1\2*****\3\4"),
)
_TEXTS = ((_LABELLED, r"\1\2\3**"), (rf"({_FAMILY}){_HAN}{{1,3}}([ :：,，、]?[0-9]{{2,3}}\*{{4}})", r"\1**\2"))
_RULES = (*_NUMBERS, *_NUMBERS, *_TEXTS)
_INVISIBLE = "[\u00ad\u200b-\u200f\u2060\ufeff]"


def masked(text: str, personal: str | None) -> str:
    """SQL: `text` as it may be shown. `personal`: the kind of its column, None where anything may stand."""
    if personal == "name":
        return f"left(trim({text}, {literal(' 　')}), 1) || '**'"
    text = f"translate(regexp_replace({text}, {literal(_INVISIBLE)}, '', 'g'), '{_WIDE}', '{_NARROW}')"
    if personal in ("phone", "identity"):
        first, least = ("left({x}, 3) || '****' || right({x}, 4)", 11) if personal == "phone" else (
            "left({x}, 3) || repeat('*', length({x}) - 4) || right({x}, 1)", 15)
        return (f"case when regexp_full_match({text}, '[0-9A-Za-z*]{{{least},}}') then {first.format(x=text)} "
                f"when {text} is not null then '****' end")
    shown = text
    for pattern, by in _RULES:
        shown = f"regexp_replace({shown}, {literal(pattern)}, {literal(by)}, 'g')"
    return f"case when regexp_full_match(trim({text}), {literal(NAME)}) then left(trim({text}), 1) || '**' else {shown} end"


def masked_text(text: str) -> str:
    """A header, a title, a message of an error: numbers, and names behind a label."""
    for pattern, by in _RULES:
        text = re.sub(pattern, by, text)
    return text


def masked_error(error: BaseException, text: str) -> str:
    """What is told or logged of an error. Of the engine's, whose messages quote cells and statements, no Chinese word is
    left; of others, quoted names and what `masked_text` finds are masked."""
    text = masked_text(text)
    causes: list[BaseException] = []
    while error not in causes:
        causes.append(error)
        error = error.__cause__ or error.__context__ or error
    if any(isinstance(cause, duckdb.Error) for cause in causes):
        return re.sub(rf"({_HAN})(?:{_HAN}|·)+", r"\1**", text)
    return re.sub(rf"(?<=['\"])({_HAN})(?<={_FAMILY})(?:{_HAN}|·){{1,12}}(?=['\"])", r"\1**", text)


def masked_header(text: str) -> str:
    """What stands where a header is expected. Headers as they should be come back unchanged."""
    narrow = unicodedata.normalize("NFKC", re.sub(_INVISIBLE, "", text))
    shown = masked_text(narrow)
    return text if shown == narrow else shown

"""A contract column in words for the person who fills it in: header with unit, what is asked, an example."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from dagster_project.receive.contracts import Column, Contract, Type
from dagster_project.receive.headers import UNITS, label

KINDS = {
    Type.text: "文字", Type.person: "姓名", Type.phone: "电话号码", Type.identity: "18位身份证号",
    Type.credit_code: "18位统一社会信用代码", Type.farm_code: "18位一码通编码", Type.region: "区划名称",
    Type.date: "日期，如 2024-07-01", Type.month: "月份，如 2024-07", Type.year: "年份，如 2024", Type.money: "金额",
    Type.area: "面积", Type.number: "数字", Type.integer: "整数", Type.ratio: "百分数，如 35", Type.boolean: "是或否",
    Type.enum: "从下拉列表中选择",
}
_MEASURED = (Type.money, Type.ratio, Type.area, Type.integer, Type.number)
EXAMPLE_PLACES = {"province": "内蒙古自治区", "prefecture": "乌海市", "county": "海勃湾区", "township": "千里山镇",
                  "village": "示例村"}
EXAMPLE_DAY, EXAMPLE_END = date(2024, 7, 1), date(2026, 12, 31)
# Made up, with a right check character; persons are masked as the systems mask them.
EXAMPLE_CREDIT_CODE, EXAMPLE_FARM_CODE = "93150302MA0N000014", "SHILIBIANMA0000001"
_NAMES = (("合作社", "示例农民专业合作社"), ("农场", "示例家庭农场"), ("农牧场", "示例家庭农场"), ("企业", "示例企业"),
          ("机构", "示例服务机构"), ("名称", "示例农民专业合作社"), ("类型", "农民专业合作社"))

Example = str | int | Decimal | date


def unit_of(column: Column) -> str | None:
    """The unit that a template asks for: the contract's, 元 for money and % for ratios where it names none."""
    default = {Type.money: "元", Type.ratio: "%", Type.area: "亩"}.get(column.type)
    return label(column.header).unit or column.unit or default


def printed_header(contract: Contract, column: Column) -> str:
    """The contract's header with its unit in brackets; `*` before one that must be filled in."""
    unit = unit_of(column)
    told = label(column.header).unit or column.type not in _MEASURED or unit not in UNITS
    suffix = "" if told else f"（{unit}）"
    return ("*" if must(contract, column) else "") + column.header + suffix


def must(contract: Contract, column: Column) -> bool:
    """Must a person fill it in: the contract requires it, or no key can do without it."""
    return column.required or column.not_blank or all(column.name in alternative for alternative in contract.key)


def choices(column: Column) -> list[str]:
    """What may be chosen, in Chinese, in the contract's order; empty where anything may be written."""
    if column.type is Type.boolean:
        return ["是", "否"]
    return [value if not value.isascii() else next(iter(spellings), value) for value, spellings in column.values.items()]


def asked(contract: Contract, column: Column) -> list[str]:
    """The requirements, a line each."""
    lines = [("必填。" if must(contract, column) else "可不填。") + f"类型：{KINDS[column.type]}。"]
    if unit := unit_of(column):
        lines.append(f"单位：{unit}。")
    if options := choices(column):
        lines.append(f"可填：{'、'.join(options)}。" + ("可选多个，用顿号隔开。" if column.multi else ""))
    if not must(contract, column) and any(column.name in alternative for alternative in contract.key):
        lines.append("用来认定是哪一个对象，请尽量填写。")
    if column.withheld:
        lines.append("选择不公示的写“不公示”。")
    if column.future:
        lines.append("可以晚于填报日期。")
    return lines


def example(column: Column) -> Example:
    """A value that is right and plainly made up."""
    match column.type:
        case Type.credit_code:
            return EXAMPLE_CREDIT_CODE
        case Type.farm_code:
            return EXAMPLE_FARM_CODE
        case Type.identity:
            return "150302********0011"
        case Type.phone:
            return "138****0000"
        case Type.person:
            return "示例甲"
        case Type.region:
            return EXAMPLE_PLACES[column.region or "county"]
        case Type.date:
            return EXAMPLE_END if column.future else EXAMPLE_DAY
        case Type.month:
            return EXAMPLE_DAY
        case Type.year:
            return 2024
        case Type.integer:
            return 12
        case Type.money | Type.area | Type.number:
            return Decimal("12.50")
        case Type.ratio:
            return Decimal("35.0")
        case Type.boolean | Type.enum:
            return "、".join(choices(column)[:2]) if column.multi else choices(column)[0]
    if column.name == "registration_no":
        return "150302000000001"
    if "编号" in column.header or "证书" in column.header:
        return "示例0001"
    return next((name for word, name in _NAMES if word in column.header), "示例内容")

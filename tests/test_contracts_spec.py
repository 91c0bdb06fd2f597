"""The contracts say what spec 1.4 says: the lines below are transcribed from it, not read from the YAML.

A line holds the headers in order: * required, # key, ! personal, ^ may lie in the future, (万元) the unit printed,
a|b aliases. After the headers: delivery, what it replaces after the county, event date.
"""

from __future__ import annotations

import re

import pytest

from dagster_project.receive.contracts import Contract, Type, load_contracts
from dagster_project.receive.headers import label
from dagster_project.receive.vocabulary import Vocabulary

CONTRACTS = load_contracts()
COUNTY = ["区", "旗县", "旗区", "县（旗、区）", "区（县、市）", "区县", "所属区县"]
LINES = {
    "gsxt.registration": "统一社会信用代码/注册号*#|统一社会信用代码|社会信用代码|注册号 企业名称*|名称|合作社名称|主体名称 类型|企业类型|主体类型 "
    "法定代表人!|法人代表|法人|负责人 成员出资总额|注册资本|注册资金|出资总额 成立日期*|注册日期|登记日期 登记机关 核准日期 登记状态|经营状态|状态 "
    "住所|注册地址|地址|经营场所 业务范围|经营范围 注销或吊销日期|注销日期|吊销日期 歇业起始日期 歇业截止日期^ 所在省份 地区|所在城市 所属区县",
    "gsxt.annual_report": "统一社会信用代码*# 企业名称 报告年度*#|年报年度 公示日期|报送日期|年报日期 成员人数|实有成员人数|实际人数 其中农民人数|农民成员数 "
    "本年度新增成员人数 本年度退出成员人数 从业人数 销售额或营业收入(万元) 盈余总额(万元) 纳税总额(万元) 获得政府扶持资金、补助(万元) 金融贷款(万元)",
    "gsxt.abnormal_listing": "统一社会信用代码*# 企业名称 列入原因*# 列入日期*# 列入机关|作出决定机关 移出原因 移出日期 移出机关",
    "gsxt.serious_violation": "统一社会信用代码*# 企业名称 列入原因 列入日期*# 列入机关 移出日期",
    "farm_directory.farm": "一码通编码|数字码|赋码编码 家庭农场名称* 经营者姓名!|农场主 身份证号! 联系电话! 省 市 县（旗、区）* 乡镇（苏木） 村（嘎查） 主营类型 "
    "经营面积(亩) 耕地 林地 草地 水面 年经营收入(万元) 数据年度 是否注册登记 统一社会信用代码 示范级别 赋码状态 赋码日期 录入日期 最近更新日期 "
    "财政补助标记 补助年度 补助金额(万元) 注册商标 质量安全认证",
    "direct_report.entity": "主体类型*# 主体名称* 统一社会信用代码 一码通编码 负责人! 联系电话! 县（旗、区）* 认证状态 登记时间 实有成员总数 "
    "农民成员数|其中农民成员数|--其中农民成员数 出资额(万元) 返还金额(万元) 返还比例 固定资产净值(万元) 年经营收入(万元) 财政扶持资金(万元) "
    "是否建立成员账户 最近更新日期* 财政补助标记 补助年度",
    "advisor.directory": "证书编号# 姓名*! 性别 出生年月 身份证号! 联系电话! 工作单位 职称 人员来源 辅导业务分类 业务专长 产业领域 工作模式 聘任部门* "
    "聘任层级 县（旗、区）* 乡镇（苏木） 聘任日期*|入选时间 聘期截止日期^ 在库状态 调出日期",
    "advisor.visit": "证书编号# 辅导员姓名*! 服务日期*# 服务方式*# 服务对象类型* 服务对象名称*# 统一社会信用代码 一码通编码 县（旗、区）* "
    "辅导内容分类 辅导内容 辅导成效 服务对象签字确认",
    "advisor.training": "证书编号*# 培训日期*# 培训类别*# 学时 主办单位",
    "advisor.evaluation": "评价年度*# 证书编号*# 联系服务主体数量 联系沟通频次 规范管理制度建设 生产技术创新 质量提升 主体评价 部门配合 政策宣传信息报送 "
    "综合评价结果* 考核单位 评价日期 工作小结 备注",
    "coop_finance.statement": "统一社会信用代码*# 合作社名称 会计年度*# 经营收入 投资收益 经营支出 税金及附加 管理费用 财务费用 经营收益 其他收入 其他支出 "
    "盈余总额 所得税费用 本年盈余 年初未分配盈余 其他转入 提取盈余公积 可分配盈余 盈余返还 剩余盈余分配 转为成员出资 年末未分配盈余 货币资金 固定资产净值 "
    "资产总计 负债合计 股金 专项基金 资本公积 盈余公积 所有者权益合计",
    "coop_finance.member_account": "统一社会信用代码*# 会计年度*# 成员编号*# 成员姓名! 身份证号! 成员类型* 脱贫人口 监测户 入社日期 退社日期 出资额 "
    "公积金量化份额 财政补助量化份额 捐赠量化份额 交易额|交易量（额） 盈余返还 剩余盈余分配",
    "bookkeeping.usage": "一码通编码*# 家庭农场名称 记账月份*# 收入笔数 支出笔数 库存记录笔数 收入金额(元) 支出金额(元) 最近记账日期",
    "programme.quota": "年度*# 区*# 培育壮大农牧民合作社数量（个）* 培育壮大家庭农牧场数量（个）* 备注",
    "programme.district_task": "年度*# 区*# 奖补方案备案日期 服务中心方案备案日期 转移支付平台上传日期 中期检查日期 整体验收日期 绩效自评报告报送日期 "
    "总结报告报送日期 下达资金(万元) 到位资金(万元) 拨付资金(万元) 综合服务中心建成日期",
    "programme.award": "支持方式# 年度*# 区* 镇 主体类型*# 主体名称*# 统一社会信用代码 一码通编码 登记日期 主要产业 实有成员总数 年经营收入(万元) "
    "带动非成员农户数 带动农区居民总人数 带动脱贫人口 带动监测户 项目建设主要内容 示范级别 申报日期 推荐上报日期 评审日期 公示开始日期 公示结束日期^ "
    "公示有无异议 认定日期 验收日期 验收结论 奖补金额(万元) 拨付日期 拨付方式 结果公示日期 应签字成员数 签字成员数 上年经营收入(万元) 资产量化到成员 "
    "项目进度（%） 进度更新日期 状态",
    "programme.service_contract": "合同编号*# 区* 服务机构名称* 辅导服务区域* 服务期限起*^ 服务期限止*^ 招标采购合同金额(万元)* 集中培训（人次） "
    "入户辅导（次数） 满意度调查综合评分 综合得分",
    "programme.service_client": "合同编号*# 主体类型* 主体名称*# 统一社会信用代码 一码通编码 是否代理记账 账目是否规范 满意度评分",
    "programme.scorecard": "评价年度*# 区*# 评价表*# 指标序号*# 得分 扣分说明 评价依据 评价人!",
    "supply_coop.affiliate": "统一社会信用代码*# 合作社名称* 区（县、市）* 领办参办方式 领办参办日期 解除日期 农合联会员 入会日期 成员户数 紧密联系指导",
    "supply_coop.star_result": "年度*# 统一社会信用代码*# 合作社名称 星级* 评定机关 评定日期",
    "supply_coop.target": "区县*#",
    "inspection.coop": "统一社会信用代码*# 合作社名称 检查日期*# 检查人! 土地合同规范 配备会计或代理记账 会计账簿齐全 章程健全 年度成员大会次数 理事会监事会运行 "
    "一人一票 财务管理制度 社务公开 标准化生产 质量安全制度 生产记录可追溯 承诺达标合格证 带动小农户数 带动脱贫户数 注册商标 绿色有机地理标志认证 "
    "发生安全环保事故 受到处罚通报 涉及非法金融活动 群众举报查实 实地有生产经营 停止运行起始日期 住所可联系 农民成员实际参与 管理者有提升意愿 结论* 处置措施 "
    "整改期限^ 整改完成日期",
    "demonstration.roster": "称号# 主体类型*# 名称*# 统一社会信用代码 一码通编码 县（旗、区）* 示范级别*# 认定日期* 文号 监测结果 取消日期",
    "village.monthly": "月份*# 旗区* 苏木乡镇* 嘎查村*# 扶贫重点嘎查村 联结企业名称 党支部书记! 合作组织名称 合作组织统一社会信用代码 农牧户总数* 参与农牧户数* "
    "建档立卡贫困户数 建立利益联结贫困户数 入股分红(元) 村集体经济收入(万元) 专项资金到位(万元) 风险基金(万元) 应参保户数 已参保户数 技能培训人次",
    "office.entity_link": "", "office.delivery_decision": "文件 采用/不采用 经办人 日期",
    "office.shell_case": "统一社会信用代码* 环节* 日期* 说明 经办人", "office.removed_farm": "",
}
# table → delivery, what it replaces beside the county, the event's own date
DELIVERY = {
    "gsxt.registration": ("snapshot", "", ""), "gsxt.annual_report": ("events", None, "公示日期"),
    "gsxt.abnormal_listing": ("events", "", "列入日期"), "gsxt.serious_violation": ("events", "", "列入日期"),
    "farm_directory.farm": ("snapshot", "", ""), "direct_report.entity": ("snapshot", "主体类型", ""),
    "advisor.directory": ("snapshot", "聘任部门", ""), "advisor.visit": ("events", None, "服务日期"),
    "advisor.training": ("events", None, "培训日期"), "advisor.evaluation": ("events", None, "评价日期"),
    "coop_finance.statement": ("events", "统一社会信用代码/注册号 会计年度", "31.12. 会计年度"),
    "coop_finance.member_account": ("events", "统一社会信用代码/注册号 会计年度", "31.12. 会计年度"),
    "bookkeeping.usage": ("events", None, "记账月份"), "programme.quota": ("events", "年度 盟市", ""),
    "programme.district_task": ("snapshot", "年度", ""), "programme.award": ("snapshot", "年度 主体类型", ""),
    "programme.service_contract": ("snapshot", "", ""), "programme.service_client": ("snapshot", "合同编号", ""),
    "programme.scorecard": ("events", "评价年度 评价表", ""), "supply_coop.affiliate": ("snapshot", "", ""),
    "supply_coop.star_result": ("events", "年度", "评定日期"), "supply_coop.target": ("events", None, ""),
    "inspection.coop": ("events", None, "检查日期"), "demonstration.roster": ("snapshot", "主体类型 示范级别", ""),
    "village.monthly": ("events", None, "月份"), "office.entity_link": ("events", None, "日期"),
    "office.delivery_decision": ("events", None, "日期"), "office.shell_case": ("events", None, "日期"),
    "office.removed_farm": ("events", None, "移出日期"),
}
ENUMERATIONS = {
    ("gsxt.abnormal_listing", "列入原因"): "未按期年报 弄虚作假 通过登记的住所无法联系",
    ("direct_report.entity", "主体类型"): "农民合作社 家庭农场",
    ("advisor.directory", "人员来源"): "农牧部门人员 带头人及经营管理人员 乡土专家及农技员 专家学者 社团工作人员及志愿者 供销专干",
    ("advisor.directory", "辅导业务分类"): "财务会计 市场营销 质量标准 绿色发展 信贷保险 融资信贷 组织建设 规范运营 技术支持",
    ("advisor.directory", "工作模式"): "专职 兼职", ("advisor.directory", "在库状态"): "在库 调出 除名",
    ("advisor.visit", "服务方式"): "上门 电话 集中培训 线上 来访", ("advisor.training", "培训类别"): "任前 在任",
    ("advisor.evaluation", "综合评价结果"): "优秀 良好 合格 不称职",
    ("coop_finance.member_account", "成员类型"): "农民 其他居民 企业 事业单位 社会组织 合作社",
    ("programme.award", "支持方式"): "奖励补助 规范化建设支出补助", ("programme.award", "拨付方式"): "一卡通 转账",
    ("programme.award", "状态"): "申报 推荐 认定 建设 验收 拨付 取消", ("programme.scorecard", "评价表"): "附件5 附件6",
    ("supply_coop.affiliate", "领办参办方式"): "出资入股 服务带动 引导创办 资源对接 服务配给 无",
    ("supply_coop.star_result", "星级"): "一星 二星 三星 四星 五星 未达 不予评定",
    ("inspection.coop", "结论"): "正常 需整改 空壳社 休眠社",
    ("inspection.coop", "处置措施"): "限期整改 专项帮扶 引导注销 移送市场监管 解除领办参办 取消农合联会员资格",
    ("demonstration.roster", "称号"): "示范社 规范社 示范场",
    ("demonstration.roster", "示范级别"): "国家级 自治区（省）级 盟市（市）级 旗县（区）级 供销总社",
    ("office.entity_link", "结论"): "同一 不同", ("office.delivery_decision", "采用/不采用"): "采用 不采用",
    ("office.shell_case", "环节"): "已告知 申辩中 维持 撤销 已处置",
}
MULTI = {("advisor.directory", "辅导业务分类"), ("inspection.coop", "处置措施")}


def by_header(contract: Contract) -> dict[str, object]:
    """Every header of the contract, as headers are compared, and its column."""
    return {label(text).key: column for column in contract.columns for text in column.headers}


def said(table: str) -> list[tuple[str, list[str], str, str | None]]:
    """Header, aliases, marks and unit of each column in spec 1.4."""
    out = []
    for word in LINES[table].split():
        first, *aliases = word.split("|")
        unit = re.search(r"\((万元|元|亩)\)", first)
        out.append((re.sub(r"\((?:万元|元|亩)\)|[*#!^]", "", first), aliases, "".join(re.findall(r"[*#!^]", first)),
                    unit and unit[1]))
    return out


def test_every_table_of_the_spec_has_a_contract() -> None:
    assert set(CONTRACTS) == set(LINES) == set(DELIVERY)
    assert len(CONTRACTS) == 29


@pytest.mark.parametrize("table", LINES)
def test_headers_aliases_marks_and_units(table: str) -> None:
    contract, found = CONTRACTS[table], by_header(CONTRACTS[table])
    keyed = {name for alternative in contract.key for name in alternative}
    for header, aliases, marks, unit in said(table):
        column = found.get(label(header).key)
        assert column is not None, header
        for alias in aliases:
            assert found[label(alias).key] is column, (header, alias)
        if not table.startswith("office"):      # these are recognised by what spec 1.4 names at all
            assert column.required == ("*" in marks), (table, header)
        else:
            assert column.required >= ("*" in marks), (table, header)
        assert ("#" in marks) <= (column.name in keyed or column.region == "county"), (table, header)
        assert column.future == ("^" in marks), (table, header)
        assert ("!" in marks) <= bool(column.personal), (table, header)
        if unit:
            assert column.unit == unit, (table, header)
            assert column.type is (Type.area if unit == "亩" else Type.money), (table, header)
        if column.region == "county":
            assert {label(text).key for text in COUNTY} <= {label(text).key for text in column.headers}, table
    if table not in ("supply_coop.target", "office.entity_link", "office.removed_farm"):
        required = {label(column.header).key for column in contract.columns if column.required}
        stated = {label(header).key for header, _, marks, _ in said(table) if "*" in marks}
        assert required == stated or table.startswith("office"), table


@pytest.mark.parametrize("table", DELIVERY)
def test_delivery_scope_and_event_date(table: str) -> None:
    contract = CONTRACTS[table]
    delivery, replaces, event = DELIVERY[table]
    assert contract.delivery == delivery
    assert contract.scoped == (replaces is not None)
    headers = {"prefecture_code": "盟市", "credit_code": "统一社会信用代码/注册号"}
    of = [headers.get(name) or contract.column(name).header for name in contract.replaces]
    assert of == (replaces or "").split()
    own = contract.event_date
    stands = f"31.12. {contract.column(own.year_end).header}" if own.year_end else (
        contract.column(own.column).header if own.column else "")
    assert stands == event
    assert contract.open_list == (table in ("gsxt.abnormal_listing", "gsxt.serious_violation"))


@pytest.mark.parametrize(("table", "header"), ENUMERATIONS)
def test_enumerations(table: str, header: str) -> None:
    column = by_header(CONTRACTS[table])[label(header).key]
    assert column.type is Type.enum
    assert set(column.values) == set(ENUMERATIONS[table, header].split())
    assert column.multi == ((table, header) in MULTI)


def test_the_failed_grade_has_two_names() -> None:
    """000: the form says 不称职, the rule for removal 不合格."""
    assert "不合格" in CONTRACTS["advisor.evaluation"].column("grade").values["不称职"]


@pytest.mark.parametrize("contract", CONTRACTS.values(), ids=lambda contract: contract.id)
def test_no_header_of_a_layout_means_two_columns(contract: Contract) -> None:
    for layout in Vocabulary([contract]).layouts:
        own = {name for names in (layout.variant.aliases if layout.variant else {}).values() for name in names}
        taken: dict[str, str] = {}
        for column in contract.columns:
            for text in column.headers:
                if text not in own:
                    assert taken.setdefault(label(text).key, column.name) == column.name, (contract.id, text)


@pytest.mark.parametrize("contract", CONTRACTS.values(), ids=lambda contract: contract.id)
def test_people_are_marked(contract: Contract) -> None:
    for column in contract.columns:
        if column.type in (Type.person, Type.phone, Type.identity):
            assert column.personal, (contract.id, column.name)


def test_what_money_can_be_withheld_and_what_is_null() -> None:
    report = CONTRACTS["gsxt.annual_report"]
    assert all(column.withheld for column in report.columns if column.type is Type.money)
    nothing = [("gsxt.abnormal_listing", "移出原因"), ("programme.quota", "备注"), ("inspection.coop", "处置措施"),
               ("advisor.directory", "职称"), ("advisor.evaluation", "备注")]
    for table, header in nothing:
        assert "无" in by_header(CONTRACTS[table])[label(header).key].null_words, (table, header)
    assert "无" in CONTRACTS["supply_coop.affiliate"].column("mode").values

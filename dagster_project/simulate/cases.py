"""Lines and cases of the simulated books: each reading of spec 2.3 that a figure can turn on."""

from __future__ import annotations

# Money lines by the contract's column names, with the headers of the 2021 layout (财会〔2021〕37号).
LINES: dict[str, str] = {
    "operating_income": "经营收入",
    "investment_income": "投资收益",
    "operating_expense": "经营支出",
    "taxes_and_surcharges": "税金及附加",
    "administrative_expense": "管理费用",
    "financial_expense": "财务费用",
    "operating_surplus": "经营收益",
    "other_income": "其他收入",
    "other_expense": "其他支出",
    "total_surplus": "盈余总额",
    "income_tax": "所得税费用",
    "current_surplus": "本年盈余",
    "opening_undistributed": "年初未分配盈余",
    "other_transfers_in": "其他转入",
    "reserve_appropriation": "提取盈余公积",
    "distributable_surplus": "可分配盈余",
    "returned": "盈余返还",
    "residual_distribution": "剩余盈余分配",
    "converted_to_capital": "转为成员出资",
    "closing_undistributed": "年末未分配盈余",
    "cash": "货币资金",
    "fixed_assets_net": "固定资产净值",
    "total_assets": "资产总计",
    "total_liabilities": "负债合计",
    "share_capital": "股金",
    "special_fund": "专项基金",
    "capital_reserve": "资本公积",
    "surplus_reserve": "盈余公积",
    "total_equity": "所有者权益合计",
}
# Lines that the 2007 layout (财会〔2007〕15号) does not have.
ONLY_2021 = (
    "taxes_and_surcharges",
    "financial_expense",
    "total_surplus",
    "income_tax",
    "converted_to_capital",
)
# Each case fixes some lines, in 元 as text. `break_` names the check whose result line is off by that amount,
# with every later line following the wrong figure, so that this check alone fails.
CASES: dict[str, dict[str, str]] = {
    "worked_example": {"current": "100000", "opening": "-20000", "reserve": "8000", "returned": "43200"},
    "one_cent_below": {"current": "100000", "opening": "-20000", "reserve": "8000", "returned": "43199.99"},
    "bases_disagree": {"current": "100000", "opening": "50000", "reserve": "8000", "returned": "60000"},
    "exact_60": {"current": "50000", "opening": "3000", "reserve": "5000", "returned": "27000"},
    "fraction_below": {"current": "72000.01", "opening": "0", "reserve": "0", "returned": "43200"},
    "fraction_above": {"current": "72000.01", "opening": "0", "reserve": "0", "returned": "43200.01"},
    "loss": {"current": "-35000.5", "opening": "12000", "reserve": "0", "returned": "0"},
    "loss_swallows": {"current": "40000", "opening": "-90000", "reserve": "0", "returned": "10000"},
    "transfer_covers": {
        "current": "80000",
        "opening": "-20000",
        "transfer": "20000",
        "reserve": "0",
        "returned": "48000",
    },
    "zero_return": {"current": "66000", "opening": "1500", "reserve": "6600", "returned": "0"},
    "return_blank": {"current": "90000", "opening": "0", "reserve": "9000", "returned": ""},
    "surplus_blank": {"current": "90000", "opening": "0", "reserve": "9000", "returned": "50000"},
    "opening_blank": {"current": "60000", "opening": "0", "reserve": "6000", "returned": "40000"},
    "no_opening_column": {"current": "70000", "opening": "-8000", "reserve": "7000", "returned": "40000"},
    "no_reserve_column": {"current": "70000", "opening": "0", "reserve": "7000", "returned": "40000"},
    "fails_S1": {"break_": "S1", "by": "1000"},
    "fails_S2": {"break_": "S2", "by": "-250.5"},
    "fails_S3": {"break_": "S3", "by": "0.02"},
    "fails_S4": {"break_": "S4", "by": "5000"},
    "fails_S5": {"break_": "S5", "by": "-0.02"},
    "fails_S6": {"break_": "S6", "by": "300"},
    "fails_S7": {"break_": "S7", "by": "12000"},
    "old_layout_fails_S3": {"break_": "S3", "by": "700", "layout": "2007"},
    "old_layout_reserve": {
        "current": "100000",
        "opening": "-20000",
        "reserve": "8000",
        "returned": "43200",
        "layout": "2007",
    },
    "corrected": {"current": "88000", "opening": "0", "reserve": "8000", "returned": "50000"},
    "rounding_within_tolerance": {"break_": "S3", "by": "0.01"},
}
PLANTED_COLUMNS = {"no_opening_column": "opening_undistributed", "no_reserve_column": "reserve_appropriation"}
# Composition cases: members by kind. Units: 企业, 事业单位, 社会组织, and 合作社 in an ordinary cooperative.
COMPOSITIONS: dict[str, dict[str, int]] = {
    "five_members": {"农民": 5},
    "four_members": {"农民": 4},
    "twenty_one_unit_of_20": {"农民": 19, "企业": 1},
    "two_units_of_20": {"农民": 18, "企业": 1, "事业单位": 1},
    "one_unit_of_21": {"农民": 20, "社会组织": 1},
    "two_units_of_21": {"农民": 19, "企业": 2},
    "two_units_of_40": {"农民": 38, "企业": 1, "社会组织": 1},
    "two_units_of_39": {"农民": 37, "企业": 2},
    "farmers_80": {"农民": 8, "其他居民": 2},
    "farmers_below_80": {"农民": 7, "其他居民": 3},
    "no_farmer": {"其他居民": 6},
    "cooperative_as_unit": {"农民": 12, "合作社": 2},
}
UNIONS = ({"合作社": 3}, {"合作社": 2}, {"合作社": 7})
# How the return is shared out among the accounts.
SHARINGS = (
    "at_one_percent",
    "over_one_percent",
    "equal_shares",
    "no_trade",
    "sum_off_1_yuan",
    "sum_off_1_yuan_1_fen",
)

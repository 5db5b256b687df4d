"""Of typical cases made public (annex 4): what was decided, what for, and the way of a text to the newspaper."""

from enum import StrEnum


class DecisionKind(StrEnum):
    """What the authority did (annex 4 §2(一))."""

    ORDER = "order"  # 行政命令
    PENALTY = "penalty"  # 行政处罚
    DAILY_PENALTY = "daily_penalty"  # 按日连续处罚
    SEALING = "sealing"  # 查封扣押
    LIMITED = "limited"  # 限产停产
    DETENTION = "detention"  # 移送公安行政拘留
    CRIME = "crime"  # 环境污染犯罪: judged by a court


class Violation(StrEnum):
    """What a case stands for (annex 4 §3(一))."""

    COVERT_DISCHARGE = "covert_discharge"  # 偷排偷放
    EXCESS = "excess"  # 超标排放
    MONITORING_FRAUD = "monitoring_fraud"  # 在线监测数据造假
    LEDGER_FRAUD = "ledger_fraud"  # 台账造假
    FACILITIES = "facilities"  # 污染设施不正常运行
    HEAVY_POLLUTION = "heavy_pollution"  # 重污染天气应急减排措施落实不到位
    REPEATED = "repeated"  # 屡查屡犯
    UNCORRECTED = "uncorrected"  # 整改不力
    OTHER = "other"  # 等


class ExposureState(StrEnum):
    """Where a case stands on its way; the three in the middle are named for whose signature is next."""

    PREPARING = "preparing"
    BUREAU = "bureau"  # 州生态环境局审查卷宗
    LEADER = "leader"  # 分管州领导审核
    PUBLICITY = "publicity"  # 州党委宣传部
    APPROVED = "approved"  # signed by all three; waits for its batch
    PUBLISHED = "published"
    WITHDRAWN = "withdrawn"  # stays in the record


class ExposureStep(StrEnum):
    """What a person did to a version of the text; each but a return once."""

    SUBMITTED = "submitted"
    BUREAU = "bureau"
    LEADER = "leader"
    PUBLICITY = "publicity"
    REVIEW_1 = "review_1"  # 一审
    REVIEW_2 = "review_2"  # 二审
    REVIEW_3 = "review_3"  # 三审
    PROOF_1 = "proof_1"  # 一校
    PROOF_2 = "proof_2"  # 二校
    PROOF_3 = "proof_3"  # 三校
    RETURNED = "returned"  # ends the version: another one is written


class ExposureBatchKind(StrEnum):
    QUARTERLY = "quarterly"  # 每季度集中公布
    AD_HOC = "ad_hoc"  # 适时曝光


class ExposureMedium(StrEnum):
    """Where a batch appeared (annex 4 §4(一))."""

    DAILY = "daily"  # 《昌吉日报》
    BROADCAST = "broadcast"  # 昌吉广播电视台
    WEBSITE = "website"  # 新闻媒体网站
    APP = "app"  # 客户端
    ACCOUNT = "account"  # 新媒体账号


class PartyKind(StrEnum):
    COMPANY = "company"  # 单位
    PERSON = "person"  # 个人

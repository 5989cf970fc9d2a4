"""The words inside the three documents."""

WORDS = (
    ("abandon", "v. 放弃；抛弃"),
    ("abstract", "adj. 抽象的  n. 摘要"),
    ("accumulate", "v. 积累；积聚"),
    ("acquire", "v. 获得；习得"),
    ("adequate", "adj. 足够的；恰当的"),
    ("ambiguous", "adj. 模棱两可的"),
    ("anticipate", "v. 预期；预料"),
    ("arbitrary", "adj. 任意的；武断的"),
    ("assess", "v. 评估；评定"),
    ("attribute", "v. 把……归因于  n. 属性"),
    ("bias", "n. 偏见；偏向"),
    ("coherent", "adj. 连贯的；一致的"),
    ("compensate", "v. 补偿；弥补"),
    ("comprehensive", "adj. 全面的；综合的"),
    ("conceive", "v. 构想；设想"),
    ("confront", "v. 面对；正视"),
    ("consensus", "n. 共识；一致意见"),
    ("constrain", "v. 约束；限制"),
    ("contradict", "v. 与……矛盾；反驳"),
    ("controversial", "adj. 有争议的"),
    ("deduce", "v. 推断；演绎"),
    ("deliberate", "adj. 故意的；深思熟虑的"),
    ("derive", "v. 源自；获得"),
    ("deteriorate", "v. 恶化；退化"),
    ("diminish", "v. 减少；削弱"),
    ("discern", "v. 辨别；看出"),
    ("elaborate", "adj. 详尽的  v. 阐述"),
    ("eliminate", "v. 消除；淘汰"),
    ("empirical", "adj. 以实验为依据的"),
    ("enhance", "v. 提高；增强"),
    ("explicit", "adj. 明确的；直言的"),
    ("facilitate", "v. 促进；使便利"),
    ("feasible", "adj. 可行的"),
    ("fluctuate", "v. 波动；起伏"),
    ("fragile", "adj. 脆弱的；易碎的"),
    ("hypothesis", "n. 假设；假说"),
    ("imply", "v. 暗示；意味着"),
    ("inevitable", "adj. 不可避免的"),
    ("inherent", "adj. 固有的；内在的"),
    ("integrity", "n. 正直；完整"),
    ("legitimate", "adj. 合法的；正当的"),
    ("notion", "n. 概念；看法"),
    ("obscure", "adj. 晦涩的；不出名的"),
    ("persist", "v. 坚持；持续"),
    ("plausible", "adj. 貌似合理的"),
    ("prevail", "v. 盛行；战胜"),
    ("reconcile", "v. 调和；使一致"),
    ("reluctant", "adj. 不情愿的"),
    ("resilient", "adj. 有韧性的；能复原的"),
    ("scrutiny", "n. 仔细审查"),
    ("subtle", "adj. 细微的；微妙的"),
    ("sustain", "v. 维持；支撑"),
    ("tentative", "adj. 试探性的；暂定的"),
    ("undermine", "v. 逐渐削弱"),
    ("versatile", "adj. 多才多艺的；多用途的"),
    ("vulnerable", "adj. 易受伤害的"),
)

CHAPTERS = (
    (
        "一、说清楚要什么",
        "先写结果，再写过程：要一份什么、给谁看、多长、用什么语气。\n"
        "例：写一封 150 字以内的道歉邮件，收件人是等了三天的顾客，语气诚恳，不找借口，末尾给出补偿办法。",
    ),
    (
        "二、给材料，不给形容词",
        "“写得更专业”没有信息；一段真实的上下文、一张数据表、两个好例子，胜过十个形容词。\n"
        "把事实贴进来，并说明哪些可以用，哪些不可以。",
    ),
    (
        "三、分步，检查，再改",
        "长任务拆成小步，每一步都能检查。\n让对方先列提纲，你确认后再写正文；最后请它对照要求逐条自查。",
    ),
    ("四、核对事实", "数字、人名、日期、引文，逐一核对来源。\n不确定的地方要求标出“未核实”，不要让流畅掩盖空白。"),
)

MINUTES = """# 会议纪要

- 时间：
- 地点 / 会议号：
- 出席：
- 缺席：

## 议题与结论

| 议题 | 结论 | 负责人 | 截止日期 |
|---|---|---|---|
|  |  |  |  |

## 待办

- [ ]
"""

CHECKLIST = """# 入职清单

## 入职前

- [ ] 发送录用通知与报到须知
- [ ] 准备电脑、门禁卡、工位
- [ ] 开通邮箱与协作账号

## 第一天

- [ ] 介绍团队与导师
- [ ] 签署合同与保密协议
- [ ] 设置密码与两步验证

## 第一个月

- [ ] 每周一次面谈
- [ ] 明确试用期目标
"""

"""What the three invented suppliers sell. One line per product:

    category | product | how its keys look | warranty hours | description | SKU: list price in yuan, …

An empty list price means that the SKU is a face value in yuan (`100` → SKU `100 元`, price near 100);
`$25` and `HK$100` are face values in other money.
"""

from decimal import Decimal
from typing import NamedTuple

CATEGORIES = (
    ("games", "游戏", "Games"),
    ("phone-cards", "话费卡", "Phone cards"),
    ("memberships", "影音会员", "Memberships"),
    ("software", "软件", "Software"),
    ("education", "教育", "Education"),
    ("office", "办公", "Office"),
    ("cloud-ai", "云与AI", "Cloud & AI"),
    ("gift-cards", "礼品卡", "Gift cards"),
)

_LINES = """
games | 星穹手游点券 | code | 72 | 登录游戏 → 商城 → 兑换中心，输入卡密即到账 | 30 60 100 200 300 500 648
games | 幻域端游点卡 | pair | 72 | 官网 → 充值中心 → 点卡充值，输入卡号与密码 | 15 30 60 100 200 500
games | 九州战纪元宝 | code | 48 | 游戏内 设置 → 礼包兑换 | 6 30 68 98 198 328 648
games | 极速飞车会员 | code | 72 | 车库 → 会员中心 → 兑换 | 周卡:12 月卡:30 季卡:85 年卡:298
games | 云端主机游戏会员 | code | 168 | 主机 → 商店 → 兑换代码 | 1个月:49 3个月:135 12个月:468
games | 方块世界激活码 | code | 24 | 启动器 → 兑换；一码一账号，激活后不退 | 标准版:89 豪华版:165 基岩版:99
games | 萌宠庄园礼包 | code | 48 | 每个角色每种礼包限用一次 | 新手礼包:9.9 成长礼包:29.9 豪华礼包:68
games | 球场风云点券 | code | 72 | 球队 → 充值 → 卡密兑换 | 50 100 200 500
games | 剑影江湖月卡 | code | 72 | 角色满 10 级后可兑换 | 30天:30 90天:86 180天:168
phone-cards | 北星移动话费卡 | pair | 24 | 拨打服务热线按提示充值，或在掌上营业厅输入 | 10 20 30 50 100 200 300 500
phone-cards | 蓝海通信话费卡 | pair | 24 | 全国通用，30 分钟内到账 | 10 20 30 50 100 200 300
phone-cards | 极光电信话费卡 | pair | 24 | 全国通用，支持固话与宽带 | 20 30 50 100 200 300
phone-cards | 三网通用流量包 | code | 24 | 当月有效，月底清零 | 1GB:5 5GB:18 10GB:30 30GB:68 100GB:158
phone-cards | 国际漫游流量卡 | code | 72 | 扫码安装，落地后开启数据漫游 | 日韩5天:39 东南亚7天:45 全球30天:268
memberships | 云影视会员 | account | 72 | 登录后请勿修改密码与资料 | 月卡:19.8 季卡:55 半年卡:105 年卡:188
memberships | 云影视超清会员 | code | 72 | 支持电视端，四屏同看 | 月卡:29.8 季卡:82 年卡:288
memberships | 星海视频黄金会员 | code | 72 | App → 我的 → 兑换中心 | 周卡:8 月卡:25 季卡:68 年卡:238
memberships | 青柠音乐豪华会员 | code | 72 | 无损音质与全部曲库下载 | 月卡:15 季卡:42 半年卡:80 年卡:148
memberships | 耳畔有声书会员 | code | 72 | 全站有声书畅听 | 月卡:18 季卡:50 年卡:168
memberships | 萤火动漫大会员 | code | 72 | 新番抢先看，弹幕特权 | 月卡:20 季卡:56 年卡:178
memberships | 晨跑健身会员 | code | 72 | 全部课程与训练计划 | 月卡:19 季卡:49 年卡:158
memberships | 知行读书会员 | code | 72 | 百万电子书免费读 | 月卡:16 季卡:45 年卡:149
memberships | 赛场体育会员 | code | 72 | 赛事直播与回放 | 月卡:30 季卡:80 年卡:268
memberships | 小鹿少儿动画会员 | code | 72 | 适合 3–10 岁，无广告 | 月卡:15 季卡:40 年卡:138
software | 磐石安全卫士 | code | 168 | 官网下载后输入授权码激活 | 1年1台:59 1年3台:99 1年5台:139 3年1台:139
software | 快影剪辑专业版 | code | 168 | 菜单 → 帮助 → 激活 | 月度:38 年度:268 永久授权:598
software | 墨点绘图 | code | 168 | 支持数位板，含全部笔刷 | 标准版年度:158 专业版年度:298 专业版永久:798
software | 极简压缩 | code | 168 | 一次购买，终身升级 | 个人版:39 专业版:79 企业版5用户:299
software | 深蓝操作系统激活码 | code | 72 | 设置 → 系统 → 激活；联网激活一次有效 | 家庭版:188 专业版:268 企业版:398
software | 数据恢复大师 | code | 72 | 激活后不限恢复容量 | 1个月:69 1年:169 终身:399
software | 远程桌面助手 | code | 168 | 账户 → 升级 → 兑换 | 个人年度:98 商务年度:298 企业年度:998
software | 代码编辑器专业版 | code | 168 | 帮助 → 注册，离线可用 | 1年:199 3年:499 永久:899
software | 高清录屏专家 | code | 168 | 无水印，最高 4K 60 帧 | 月度:29 年度:129 永久:268
software | 密码保险箱 | code | 168 | 多端同步，家庭版可邀请 5 人 | 个人年度:88 家庭年度:148
education | 词海背单词会员 | code | 72 | 我的 → 兑换码 | 月卡:18 季卡:48 年卡:128 终身卡:298
education | 少儿编程课程码 | code | 168 | 激活后一年内学完 | 入门课:99 进阶课:199 竞赛课:399
education | 题库通会员 | code | 72 | 含历年真题与解析 | 教师资格:88 初级会计:98 一级建造:168 法律职业:198
education | AI口语陪练课 | code | 72 | 每课时 25 分钟 | 10课时:49 30课时:129 100课时:368
education | 编程学院会员 | code | 168 | 全部视频课与练习环境 | 月卡:59 季卡:158 年卡:498
education | 网课畅学卡 | code | 72 | 高中全科同步课 | 高一:268 高二:268 高三:298
education | 书法字帖生成器 | code | 72 | 支持自定义内容与打印 | 月卡:9.9 年卡:58
office | 文澜办公套件 | code | 168 | 文档、表格、演示 | 个人版年度:169 家庭版年度:249 永久版:598 企业版年度:999
office | 云笔记高级会员 | code | 72 | 每月 10 GB 上传流量 | 月卡:15 季卡:40 年卡:138
office | 云盘超级会员 | code | 72 | 极速下载，在线解压 | 月卡:25 季卡:66 年卡:218
office | 云盘扩容包 | code | 72 | 有效期一年，可叠加 | 100GB:20 500GB:68 1TB:118 2TB:208
office | PDF工具箱 | code | 168 | 转换、合并、批注、签名 | 月度:25 年度:99 永久:199
office | 思维导图专业版 | code | 168 | 导出无水印 | 月度:29 年度:158 终身:298
office | 在线会议专业版 | code | 72 | 300 人，不限时长 | 月度:98 年度:898
office | 电子签名套餐 | code | 72 | 具备法律效力，一年内用完 | 10份:38 50份:168 200份:580
cloud-ai | 灵犀AI助手会员 | code | 72 | 对话、写作、读图不限次 | 月卡:49 季卡:135 年卡:488
cloud-ai | 灵犀API额度 | code | 72 | 控制台 → 费用 → 兑换 | 10 50 100 500
cloud-ai | 云绘图点数 | code | 72 | 每张图约消耗 2 点 | 100点:10 500点:45 1000点:85 5000点:399
cloud-ai | 星云服务器代金券 | code | 72 | 仅限新购与续费，不可提现 | 50 100 200 500 1000
cloud-ai | 对象存储资源包 | code | 72 | 有效期一年，全部地域通用 | 50GB:9 100GB:16 500GB:75 1TB:138
cloud-ai | GPU算力时长卡 | code | 72 | 单卡 24 GB 显存，按分钟计费 | 1小时:3.5 10小时:32 50小时:150 100小时:280
cloud-ai | 语音转写时长包 | code | 72 | 支持中英与方言 | 5小时:15 20小时:55 100小时:240
cloud-ai | 域名首年券 | code | 72 | 仅限首年注册 | cn后缀:18 com后缀:48 dev后缀:88
cloud-ai | 短信服务套餐 | code | 72 | 有效期两年 | 1000条:45 5000条:210 20000条:799
gift-cards | 百味外卖礼品卡 | code | 72 | 结算时选择礼品卡 | 20 50 100 200
gift-cards | 云购商城购物卡 | pair | 72 | 自营商品通用，长期有效 | 50 100 200 300 500 1000
gift-cards | 咖啡时光电子券 | link | 72 | 打开链接出示二维码 | 中杯:19 大杯:23 双杯套餐:39
gift-cards | 星光影院兑换券 | code | 72 | 2D 与 3D 通兑，特殊厅补差价 | 2D场:32 3D场:39 IMAX场:58
gift-cards | 出行打车券 | code | 72 | 不找零，可叠加 | 10 20 50 100
gift-cards | 加油电子卡 | pair | 72 | 全国联网站点可用 | 100 200 500 1000
gift-cards | 环球应用商店礼品卡 | code | 24 | 仅限美区账户，兑换后不退 | $5:37 $10:73 $25:182 $50:363 $100:725
gift-cards | 港区游戏礼品卡 | code | 24 | 仅限港区账户 | HK$50:47 HK$100:93 HK$200:186 HK$500:463
gift-cards | 甜品蛋糕提货券 | code | 72 | 提前一天预约 | 1磅:98 2磅:168 3磅:238
gift-cards | 书店购书卡 | pair | 72 | 线上线下通用 | 50 100 200
gift-cards | 鲜花速递券 | code | 72 | 同城四小时送达 | 99元档:95 199元档:189 299元档:279
games | 银翼空战点券 | code | 72 | 机库 → 补给站 → 兑换 | 30 68 128 328 648
games | 棋牌欢乐豆 | code | 48 | 大厅 → 商城 → 兑换 | 6万豆:6 30万豆:30 68万豆:68
games | 像素农场通行证 | code | 72 | 每赛季限用一张 | 标准通行证:45 进阶通行证:88
phone-cards | 亲情号码充值券 | pair | 24 | 仅限本网号码 | 10 30 50 100
phone-cards | 随身WiFi流量卡 | code | 72 | 激活后开始计时 | 7天20GB:25 30天100GB:69 90天300GB:188
memberships | 云影视家庭会员 | code | 72 | 一人开通，五人同看 | 月卡:39 季卡:108 年卡:388
memberships | 山音K歌会员 | code | 72 | 高清伴奏与修音 | 月卡:18 季卡:48 年卡:158
memberships | 经典剧场会员 | code | 72 | 戏曲与话剧全集 | 月卡:12 年卡:98
software | 照片修复大师 | code | 168 | 老照片上色与放大 | 月度:25 年度:118 永久:238
software | 文件同步助手 | code | 168 | 局域网与云端同步 | 个人年度:58 团队年度:288
software | 系统清理专家 | code | 168 | 单台设备 | 1年:49 3年:119
education | 儿童识字乐园 | code | 72 | 3–8 岁 | 季卡:58 年卡:168
education | 考研数学题库 | code | 72 | 含视频讲解 | 基础班:99 强化班:199 冲刺班:149
education | 职场技能课 | code | 168 | 一次购买，反复观看 | 表格:59 演示:59 写作:69 时间管理:49
education | 日语等级考试课 | code | 168 | 含模拟考试 | N5:128 N4:158 N3:188 N2:228 N1:268
office | 表格插件专业版 | code | 168 | 百余个常用功能 | 年度:78 永久:188
office | 翻译助手会员 | code | 72 | 文档翻译保留排版 | 月卡:25 年卡:198
office | 简历模板会员 | code | 72 | 全部模板可下载 | 周卡:9.9 季卡:39 年卡:88
office | 扫描全能会员 | code | 72 | 文字识别不限次 | 月卡:18 年卡:118
cloud-ai | 智能客服坐席 | code | 72 | 每席每月 1,000 次会话 | 1席月:98 5席月:450
cloud-ai | 代码助手会员 | code | 72 | 支持主流编辑器 | 月卡:68 年卡:680
cloud-ai | 数据库代金券 | code | 72 | 仅限新购 | 50 100 300
gift-cards | 团圆年夜饭券 | code | 72 | 提前三天预约 | 6人套餐:588 10人套餐:988
gift-cards | 亲子乐园门票 | code | 72 | 一大一小，周末通用 | 单次:128 年票:888
"""


class Good(NamedTuple):
    """One SKU: its proper names, face value as written (or ""), list price in yuan, and the shape of its keys."""

    category: str
    product: str
    sku: str
    face: str
    price: Decimal
    keys: str
    warranty: int
    description: str


def goods() -> list[Good]:
    """Every SKU, in the order of the list above."""
    return [good for line in _LINES.strip().splitlines() for good in _product(line)]


def _product(line: str) -> list[Good]:
    category, product, keys, warranty, description, skus = (part.strip() for part in line.split("|"))
    return [Good(category, product, *_sku(text), keys, int(warranty), description) for text in skus.split()]


def _sku(text: str) -> tuple[str, str, Decimal]:
    name, _, price = text.partition(":")
    if not price:
        return f"{name} 元", name, Decimal(name)
    if "$" in name:
        amount = name.rpartition("$")[2]
        return f"{amount} {'港元' if name.startswith('HK') else '美元'}", name, Decimal(price)
    return name, "", Decimal(price)

"""What the site says, in both languages."""

TEXTS: dict[str, dict[str, str]] = {
    "zh-CN": {
        "site": "夜航游戏志",
        "about": "这是一个演示网站，与卡盟平台无关，只粘贴了几行代码。",
        "title": "这个周末玩什么：三款适合联机的游戏",
        "lead": "新赛季开了，老朋友又聚齐了。我们挑了三款一局不超过二十分钟的游戏，顺便把点券也备好。",
        "one": "先说手游。组队、开黑、散场，二十分钟刚刚好；需要点券的话，不用离开这个页面。",
        "two": "如果更喜欢窝在沙发里看别人打，会员也能在这里直接买到，付款后卡密马上显示。",
        "more": "也可以去店里慢慢逛：",
        "visit": "打开店铺",
        "none": "还没有店铺。先在平台开一家，再从分销商后台的“嵌入”页打开这里。",
        "script_off": "在店铺购买",
    },
    "en": {
        "site": "Night Ferry Games",
        "about": "A demo site of its own, no part of Cardmesh: a few pasted lines are all that joins them.",
        "title": "What to play this weekend: three games for a full lobby",
        "lead": "The new season is open and the old crew is back. Three games with rounds under twenty minutes, and the"
        " credits to go with them.",
        "one": "Phone games first. Team up, play, leave: twenty minutes. Should you need credits, you can stay here.",
        "two": "If you would rather watch from the sofa, memberships are here, too: the key shows once you have paid.",
        "more": "Or take your time in the store:",
        "visit": "Open the store",
        "none": "There is no store yet. Open one first, then come here from the Embed screen of its console.",
        "script_off": "Buy in the store",
    },
}

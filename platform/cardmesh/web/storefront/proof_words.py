"""What the proof page says, in both languages; `js` is what its script fills in."""

from typing import Any

WORDS: dict[str, dict[str, Any]] = {
    "zh-CN": {
        "title": "溯源证明",
        "intro": "每个卡密的入库、上架、售出和查看都会写入一份公开日志。日志只能添加，改动任何一条都会被发现。"
        "您的浏览器会亲自核验下面的记录，您不必轻信任何人。",
        "noscript": "核验在您的浏览器里进行，需要开启 JavaScript。",
        "waiting": "正在核验……",
        "checks": "核验了什么",
        "keys": "您的卡密",
        "more": "自己再验一遍",
        "how": "公开代号由卡密单向计算得出，同一个卡密无论卖几次、由谁卖，代号都相同，但从代号推不出卡密。"
        "日志里没有买家、店铺、价格和订单。本页核验的是您的记录；任何人都可以读完整份日志，数一数同一代号是否售出过第二次。",
        "facts": ("日志条数", "日志根哈希", "签名公钥", "签名时间"),
        "raw": "证明原文（JSON）",
        "back": "返回订单",
        "js": {
            "ok": "已证明：{n} 个卡密都只售出过一次",
            "unsigned": "记录彼此吻合，但此浏览器未能核对签名",
            "bad": "核验未通过，请截图并联系平台客服",
            "pending": "刚刚售出，正在写入日志，几秒后自动重试",
            "empty": "此订单没有已交付的卡密",
            "missing": "本设备没有此订单的凭证，请先在「订单查询」中打开订单",
            "failed": "暂时无法取得证明，请稍后再试",
            "signed": ["日志由平台签名", "日志的签名不对", "此浏览器不支持 Ed25519，未能核对签名"],
            "grown": [
                "自您上次查看以来，日志只增加、没有改动",
                "日志与您上次看到的不一致",
                "首次查看，已记下日志的当前状态",
            ],
            "contained": ["您的卡密记录都在这份日志里", "有记录不在这份日志里"],
            "once": ["每个卡密都恰好售出一次", "有卡密的售出次数不是一次"],
            "unit": "第 {n} 件",
            "name": "公开代号",
            "leaf": "日志条目 #{n}",
            "events": {
                "imported": "入库",
                "listed": "上架",
                "sold": "售出",
                "revealed": "首次查看",
                "replaced": "已更换",
                "voided": "已作废",
            },
        },
    },
    "en": {
        "title": "Proof of origin",
        "intro": "The import, listing, sale and reveal of every key go into a public log that can only be added to: a"
        " change to any line would show. Your browser checks the records below itself, so you need not take our word.",
        "noscript": "The check runs in your browser and needs JavaScript.",
        "waiting": "Checking…",
        "checks": "What was checked",
        "keys": "Your keys",
        "more": "Check it yourself",
        "how": "The public name is computed one way from the key. However often, and by whom, a key is sold, its name"
        " is the same, but nobody can work back from the name to the key. The log holds no buyer, store, price or"
        " order. This page checks your own records; anybody can read the whole log and count whether a name was ever"
        " sold a second time.",
        "facts": ("Entries in the log", "Root of the log", "Signed by key", "Signed at"),
        "raw": "The proof itself (JSON)",
        "back": "Back to the order",
        "js": {
            "ok": "Proved: each key was sold only once ({n} in all)",
            "unsigned": "The records fit together, but this browser could not check the signature",
            "bad": "The check failed. Please take a screenshot and contact the platform",
            "pending": "Just sold, and on its way into the log. Trying again in a few seconds",
            "empty": "This order has no delivered keys",
            "missing": "This device does not know this order. Please find the order first",
            "failed": "The proof could not be loaded. Please try again soon",
            "signed": [
                "The platform signed this log",
                "The signature of the log is wrong",
                "This browser does not know Ed25519, so the signature was not checked",
            ],
            "grown": [
                "Since your last visit the log has only grown; nothing was changed",
                "The log is not the one that you saw last time",
                "Your first visit: the state of the log is remembered for the next",
            ],
            "contained": ["The records of your keys are all in this log", "A record is not in this log"],
            "once": ["Each key was sold exactly once", "A key was not sold exactly once"],
            "unit": "Unit {n}",
            "name": "Public name",
            "leaf": "log entry #{n}",
            "events": {
                "imported": "Imported",
                "listed": "Put on sale",
                "sold": "Sold",
                "revealed": "First revealed",
                "replaced": "Replaced",
                "voided": "Voided",
            },
        },
    },
}

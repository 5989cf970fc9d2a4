"""What is said about a domain's steps and troubles, in both languages."""

from ...kit.i18n import Text

PROBLEMS = {
    "dns_unanswered": Text(
        "域名的 DNS 服务器没有应答，稍后会自动重试。",
        "The domain's DNS did not answer; we try again by ourselves.",
    ),
    "proof_missing": Text(
        "还没有找到 TXT 记录。新记录可能需要几分钟生效。",
        "The TXT record is not there yet. A new record can take some minutes.",
    ),
    "proof_other": Text(
        "找到了 TXT 记录，但内容不是本次的验证码。请替换为下面的值。",
        "There is a TXT record, but not with this attempt's token. Put the value below in its place.",
    ),
    "route_missing": Text(
        "已验证归属，但域名还没有指向本店。",
        "The domain is yours, but it leads nowhere yet.",
    ),
    "route_mixed": Text(
        "域名除本店外还指向其他地址（A 或 AAAA 记录），请删除多余的记录。",
        "The domain leads here and elsewhere too: remove the A or AAAA records that are not in the list.",
    ),
    "route_elsewhere": Text(
        "域名指向了其他地址。如果使用了 CDN 代理，请改为仅 DNS 解析。",
        "The domain leads elsewhere. If a CDN stands in front, set it to DNS only.",
    ),
    "held": Text(
        "该域名正由另一家店铺使用，且其 TXT 记录仍然有效。删除那条旧的 TXT 记录后再检查。",
        "Another store uses this domain and its TXT record is still there. Remove that older record, then check again.",
    ),
}

ENDINGS = {
    "released": Text("已由您解除", "Released by you"),
    "never_proven": Text("14 天内未完成验证", "Not proven within 14 days"),
    "proof_gone": Text("TXT 记录消失超过 72 小时", "Its TXT record was gone for more than 72 hours"),
    "moved": Text("已由其他店铺验证并接管", "Proven and taken over by another store"),
}

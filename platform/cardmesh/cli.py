"""`cardmesh VERB …`: finds the verb, gives it the installation's settings, turns the outcome into an exit code.

Every verb is imported only when called, so that `--help` is instant and a broken part does not break the others.
"""

import difflib
import importlib
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from cardmesh.embedded import environment
from cardmesh.embedded.errors import EmbeddedError
from cardmesh.settings import Settings

OK, FAILED, USAGE, INTERRUPTED = 0, 1, 2, 130


@dataclass(frozen=True)
class Verb:
    """`target` is `module:function`, called with the settings first when `settings`, then with the arguments."""

    target: str
    help: str
    example: str
    settings: bool = True

    def load(self) -> Callable[..., int | None]:
        module, _, function = self.target.partition(":")
        return getattr(importlib.import_module(module), function)


VERBS = {
    "up": Verb(
        "cardmesh.embedded.up:main",
        "start everything and keep it running · 启动全部服务",
        "cardmesh up --port 8000 --data ./var",
        settings=False,
    ),
    "test": Verb(
        "cardmesh.embedded.checkout:test",
        "linters and tests, in a checkout · 代码检查与测试",
        "cardmesh test tests/journeys -x",
        settings=False,
    ),
    "migrate": Verb(
        "cardmesh.verbs:migrate",
        "bring the database schema up to date · 升级数据库结构",
        "DATABASE_URL=postgresql://owner@host/cardmesh cardmesh migrate",
    ),
    "seed": Verb(
        "cardmesh.verbs:seed",
        "fill an empty installation with the demo world · 写入演示数据",
        "cardmesh seed",
    ),
    "worker": Verb(
        "workers.run:main",
        "take jobs from the queues, sweep the outbox · 运行后台任务",
        "cardmesh worker",
    ),
    "build": Verb(
        "workers.build:main",
        "build and publish a store's pages · 生成并发布店铺页面",
        "cardmesh build xiaolu",
    ),
    "verify": Verb(
        "cardmesh.verbs:verify",
        "prove the books, the keys and the outbox on the live database · 核对账目、卡密与任务",
        "cardmesh verify",
    ),
    "reconcile": Verb(
        "cardmesh.verbs:reconcile",
        "compare the payment gateway's money with the ledger · 支付通道与账本对账",
        "cardmesh reconcile --days 7",
    ),
    "log": Verb(
        "cardmesh.verbs:log",
        "prove the public log of keys, rotate its signing key · 核验卡密溯源日志",
        "cardmesh log verify",
    ),
    "refunds": Verb(
        "cardmesh.verbs:refunds",
        "list refunds that gateways refused, ask for them again · 查看与重试失败的退款",
        "cardmesh refunds retry --all",
    ),
    "keys": Verb(
        "cardmesh.verbs:keys",
        "see and rotate what secrets are sealed with · 查看与轮换密钥",
        "cardmesh keys rotate-data",
    ),
    "refold": Verb(
        "cardmesh.verbs:refold",
        "add balances up anew and let the log go on, after a restore · 恢复备份后重算余额",
        "cardmesh refold",
    ),
    "bench": Verb(
        "cardmesh.bench.command:main",
        "measure the order path on this machine · 测量下单性能",
        "cardmesh bench orders --buyers 8",
        settings=False,
    ),
}

EPILOG = """
exit codes · 退出码
  0  done · 完成          1    failed, or a defect was found · 失败或发现缺陷
  2  wrong usage · 用法错误   130  interrupted · 被中断

Verbs other than `up` and `test` use the environment's DATABASE_URL, REDIS_URL, …; without them, the installation
that `cardmesh up` runs on --data (default: $DATA_DIR or ./var).
`cardmesh VERB --help` tells more about one verb.
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one verb; returns the exit code."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    if not arguments or arguments[0] in ("-h", "--help", "help"):
        print(usage())
        return OK if arguments else USAGE
    name, rest = arguments[0], arguments[1:]
    if name not in VERBS:
        print(_unknown(name), file=sys.stderr)
        return USAGE
    return _run(VERBS[name], rest)


def usage() -> str:
    """The overview: every verb with its purpose and one example."""
    lines = ["usage: cardmesh VERB [options]", ""]
    width = max(map(len, VERBS)) + 1
    for name, verb in VERBS.items():
        lines += [f"  {name:{width}}{verb.help}", f"  {'':{width}}$ {verb.example}"]
    return "\n".join(lines) + "\n" + EPILOG.rstrip()


def _run(verb: Verb, arguments: list[str]) -> int:
    try:
        if not verb.settings:
            return verb.load()(arguments) or OK
        if {"-h", "--help"} & set(arguments):
            return verb.load()(Settings(), arguments) or OK
        return verb.load()(settings(arguments), arguments) or OK
    except EmbeddedError as error:
        print(error, file=sys.stderr)
        return FAILED
    except KeyboardInterrupt:
        return INTERRUPTED


def settings(arguments: list[str]) -> Settings:
    """From the environment, else from the installation running on `--data DIR` (taken out of `arguments`)."""
    folder = _take_option(arguments, "--data") or os.environ.get("DATA_DIR") or "var"
    if os.environ.get("DATABASE_URL"):
        return Settings.from_env()
    return Settings.from_env(environment.running(Path(folder)))


def _take_option(arguments: list[str], name: str) -> str | None:
    for index, argument in enumerate(arguments):
        if argument == name and index + 1 < len(arguments):
            value = arguments[index + 1]
            del arguments[index : index + 2]
            return value
        if argument.startswith(f"{name}="):
            return arguments.pop(index).partition("=")[2]
    return None


def _unknown(name: str) -> str:
    nearest = difflib.get_close_matches(name, VERBS, n=1)
    hint = f"Did you mean `cardmesh {nearest[0]}`?" if nearest else "`cardmesh --help` lists the verbs."
    return f"cardmesh: there is no verb `{name}`. {hint}"


if __name__ == "__main__":
    sys.exit(main())

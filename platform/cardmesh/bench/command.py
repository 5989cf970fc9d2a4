"""The benches by name. Each module has `options(parser)` and `run(options) -> dict`, the object that is printed."""

import argparse
import importlib
import json

BENCHES = {
    "reads": "p95 of the reading calls on a grown database · 查询",
    "boards": "each dashboard's queries on a grown database, with a live tail · 看板",
    "build": "store pages: many at once, one changed product, a thousand small stores · 生成页面",
    "drain": "take keys from a hot pool: the first tenth against the last · 热卖库存",
    "grow": "the state after a million orders, built in minutes in a folder of its own · 造数",
    "imports": "a csv of keys through the whole import, next to the limits of database and cipher · 导入",
    "profile": "where the milliseconds of one wallet order go · 剖析",
    "surge": "ten times what the machine can do, and one distributor's flood · 洪峰",
    "orders": "wallet orders and paid webhooks over HTTP, next to the database's own limits · 下单与支付",
}


def main(arguments: list[str]) -> int:
    """Run one bench and print its JSON object."""
    parser = argparse.ArgumentParser(prog="cardmesh bench", description="Measure this machine · 测量性能")
    benches = parser.add_subparsers(dest="what", required=True, metavar="WHAT")
    chosen = arguments[:1]
    for name, purpose in BENCHES.items():
        bench = benches.add_parser(name, help=purpose, description=purpose)
        if chosen == [name]:  # the others are not even imported
            module = importlib.import_module(f"cardmesh.bench.{name}")
            module.options(bench)
            bench.set_defaults(run=module.run)
    options = parser.parse_args(arguments)
    print(json.dumps(options.run(options)))
    return 0

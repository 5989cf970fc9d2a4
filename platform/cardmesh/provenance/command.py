"""`cardmesh log verify` proves the log; `cardmesh log rotate` gives it a new signing key."""

import argparse
import json
from collections.abc import Sequence

from ..kit import tenancy
from ..kit.db import transaction
from . import keys
from .verify import Report, verify


def main(argv: Sequence[str]) -> int:
    """Run in an application context. 0: sound, or done. 1: at least one defect."""
    parser = argparse.ArgumentParser(prog="cardmesh log", description="The public log of what befell every key.")
    verbs = parser.add_subparsers(dest="verb", required=True)
    proving = verbs.add_parser("verify", help="prove every leaf, node, head and signature, and that the tables agree")
    proving.add_argument("--json", action="store_true", help="one JSON object instead of text")
    verbs.add_parser("rotate", help="sign with a fresh key from now on, endorsed by the old one")
    options = parser.parse_args(argv)
    return _rotate() if options.verb == "rotate" else _verify(as_json=options.json)


def _verify(*, as_json: bool) -> int:
    with transaction(tenancy.platform()) as session:
        report = verify(session)
    print(_json(report) if as_json else _text(report))
    return 1 if report.defects else 0


def _json(report: Report) -> str:
    return json.dumps({"ok": not report.defects, "looked_at": report.looked_at, "defects": report.defects})


def _text(report: Report) -> str:
    looked_at = ", ".join(f"{count} {name}" for name, count in report.looked_at.items())
    lines = [f"looked at {looked_at}", *(f"DEFECT  {words}" for words in report.defects)]
    return "\n".join([*lines, "the log is not sound" if report.defects else "the log is sound, and the tables agree"])


def _rotate() -> int:
    with transaction(tenancy.platform()) as session:
        row = keys.rotate(session)
        print(f"key {row.id} signs from now on (number {row.number})")
    return 0

"""The command: prints figures, exits 1 on any defect."""

import argparse
import json
from collections.abc import Sequence

from ...kit import tenancy
from ...kit.db import transaction
from .service import CHECKS, SCHEMA, Finding, verify


def main(argv: Sequence[str]) -> int:
    """Run in an application context. 0: every law holds. 1: at least one defect."""
    parser = argparse.ArgumentParser(prog="cardmesh verify", description="Prove the laws on the live database.")
    parser.add_argument(
        "what", nargs="?", choices=("all", "schema"), default="all", help="schema: only the laws of the schema itself"
    )
    parser.add_argument("--json", action="store_true", help="one JSON object instead of a table")
    options = parser.parse_args(argv)
    with transaction(tenancy.platform()) as session:
        findings = verify(session, SCHEMA if options.what == "schema" else CHECKS)
    print(_json(findings) if options.json else _table(findings))
    return 1 if any(finding.defects for finding in findings) else 0


def _json(findings: Sequence[Finding]) -> str:
    checks = {f.check.name: {"looked_at": f.looked_at, "defects": list(f.defects)} for f in findings}
    return json.dumps({"ok": not any(f.defects for f in findings), "checks": checks}, ensure_ascii=False)


def _table(findings: Sequence[Finding]) -> str:
    lines = []
    for finding in findings:
        mark = "DEFECT" if finding.defects else "ok"
        lines.append(f"{mark:<7} {finding.check.name:<32} {finding.looked_at:>9}  {finding.check.law}")
        lines += [f"        {defect}" for defect in finding.defects]
    broken = sum(bool(finding.defects) for finding in findings)
    lines.append(f"{len(findings) - broken} of {len(findings)} laws hold")
    return "\n".join(lines)

"""`cardmesh keys`: see and rotate what secrets are sealed with. Prints one JSON object; 1 when something is left."""

import argparse
import json
import sys
import uuid
from collections.abc import Sequence
from dataclasses import asdict

from ...kit.errors import MeshError
from ...kit.ids import parse_id
from . import service

OWNERS = ("sup", "ten")


def parser() -> argparse.ArgumentParser:
    """The command's arguments."""
    made = argparse.ArgumentParser(
        prog="cardmesh keys",
        description="See and rotate what card keys and webhook secrets are sealed with, while everything goes on.",
    )
    what = made.add_subparsers(dest="what", required=True)
    what.add_parser("status", help="secrets and data keys that are not under the newest key")
    data = what.add_parser("rotate-data", help="fresh data keys; seal everything with them")
    data.add_argument("--owner", type=_owner, metavar="ID", help="only this supplier or distributor: sup_… or ten_…")
    master = what.add_parser("rotate-master", help="wrap every data key with the current master key")
    master.add_argument("--new", action="store_true", help="first add a fresh key to MASTER_KEY_FILE")
    return made


def main(argv: Sequence[str]) -> int:
    """Run in an application context of the owner's role."""
    options = parser().parse_args(argv)
    try:
        if options.what == "status":
            outcome = asdict(service.standing())
            left = sum(outcome["outdated"].values()) + len(outcome["masters"].keys() - {outcome["current"]})
        elif options.what == "rotate-data":
            outcome = asdict(service.rotate_data_keys(options.owner))
            left = outcome["left"]
        else:
            outcome = asdict(service.rotate_master_key(new_file_key=options.new))
            left = outcome["left"]
    except (MeshError, OSError) as error:
        print(f"cardmesh keys: {error}", file=sys.stderr)
        return 1
    print(json.dumps(outcome, ensure_ascii=False))
    return 1 if left else 0


def _owner(text: str) -> uuid.UUID:
    prefix = text.partition("_")[0]
    try:
        return parse_id(prefix if prefix in OWNERS else OWNERS[0], text)
    except MeshError:
        raise argparse.ArgumentTypeError("an id like sup_… or ten_…") from None

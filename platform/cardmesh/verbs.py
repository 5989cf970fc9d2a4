"""Verbs of the command line that have no better home: schema, demo world, proofs. Each is safe to repeat."""

import argparse
from dataclasses import replace

from cardmesh.kit import migrate as schema
from cardmesh.settings import Settings


def migrate(settings: Settings, arguments: list[str]) -> int:
    """Bring the schema to `revision`, as the owner of DATABASE_URL; a database restored from elsewhere is refolded."""
    parser = argparse.ArgumentParser(prog="cardmesh migrate", description="Bring the schema up to date.")
    parser.add_argument("revision", nargs="?", default="head", help="where to stop (default: the newest)")
    revision = parser.parse_args(arguments).revision
    schema.upgrade(settings, revision)
    return refold(settings, []) if revision == "head" and schema.is_restored(settings) else 0


def seed(settings: Settings, arguments: list[str]) -> int:
    """Make the operator's account and the demo world; logins go to DATA_DIR/dev-credentials.json."""
    parser = argparse.ArgumentParser(
        prog="cardmesh seed",
        description="Fill an empty installation with the demo world; logins go to DATA_DIR/dev-credentials.json.",
    )
    parser.add_argument("--no-demo", dest="demo", action="store_false", help="only the operator's account")
    demo = parser.parse_args(arguments).demo
    from cardmesh import seed as world

    world.run(settings, demo=demo)
    return 0


def refold(settings: Settings, arguments: list[str]) -> int:
    """As the owner of DATABASE_URL: add balances up anew from postings, and let the provenance log go on from here."""
    argparse.ArgumentParser(
        prog="cardmesh refold",
        description="Add the ledger's balances up anew. Needed once after a dump was restored into another server.",
    ).parse_args(arguments)
    from cardmesh.app import create_app
    from cardmesh.insight.boards import fold as figures
    from cardmesh.kit import tenancy
    from cardmesh.kit.db import transaction
    from cardmesh.money.ledger.service import refold as add_up
    from cardmesh.provenance.restored import take_over

    owner = replace(settings, app_database_url=settings.database_url)
    with create_app(owner).app_context(), transaction(tenancy.platform()) as session:
        print(f"{add_up(session)} postings folded")
        print(f"{take_over(session)} key events logged")
        figures.refold(session)
    return 0


def refunds(settings: Settings, arguments: list[str]) -> int:
    """List the refunds that gateways refused, or have them asked for again; 1 when one named is not such a refund."""
    parser = argparse.ArgumentParser(prog="cardmesh refunds", description="Refunds that gateways refused.")
    verbs = parser.add_subparsers(dest="verb", required=True)
    verbs.add_parser("list", help="id, time, amount, attempts and the gateway's answer")
    retry = verbs.add_parser("retry", help="ask the gateway again")
    retry.add_argument("ids", nargs="*", metavar="rfd_…")
    retry.add_argument("--all", action="store_true", help="every one that failed")
    told = parser.parse_args(arguments)
    from cardmesh.app import create_app
    from cardmesh.money.payments import command

    with create_app(settings).app_context():
        return command.listed() if told.verb == "list" else command.retried(told.ids, everything=told.all)


def log(settings: Settings, arguments: list[str]) -> int:
    """Prove the provenance log, or give it a new signing key; 1 when it is not sound."""
    from cardmesh.app import create_app
    from cardmesh.provenance.command import main

    if {"-h", "--help"} & set(arguments):
        return main(arguments)
    with create_app(settings).app_context():
        return main(arguments)


def verify(settings: Settings, arguments: list[str]) -> int:
    """Prove the laws on the live database; 1 when one is broken."""
    from cardmesh.app import create_app
    from cardmesh.insight.verify.command import main

    if {"-h", "--help"} & set(arguments):
        return main(arguments)
    with create_app(settings).app_context():
        return main(arguments)


def reconcile(settings: Settings, arguments: list[str]) -> int:
    """Compare the gateway's balance transactions with the ledger; 1 when differences are open."""
    from cardmesh.app import create_app
    from cardmesh.money.reconciliation.command import main, parser

    parser().parse_args(arguments)  # a wrong word is told before anything is opened
    with create_app(settings).app_context():
        return main(arguments)


def keys(settings: Settings, arguments: list[str]) -> int:
    """See and rotate data keys and the master key, as the owner of DATABASE_URL; 1 when something is left behind."""
    from cardmesh.app import create_app
    from cardmesh.goods.custody.command import main, parser

    parser().parse_args(arguments)  # a wrong word is told before anything is opened
    with create_app(replace(settings, app_database_url=settings.database_url)).app_context():
        return main(arguments)

"""What nobody's call with somebody else's ids may change: everything."""

from sqlalchemy import text

from cardmesh.kit import tenancy
from cardmesh.kit.db import Base, transaction


def digests() -> dict[str, str]:
    """A digest of every row of every table; when a key or session was last used tells of its caller, no change."""
    query = (
        "select coalesce(md5(string_agg(r, '|' order by r)), '')"
        " from (select (to_jsonb(t) - 'last_used_at' - 'seen_at')::text as r from {} t) x"
    )
    with transaction(tenancy.platform()) as session:
        return {
            name: session.scalar(text(query.format(name))) or ""
            for name in sorted(Base.metadata.tables)
        }


def changed(before: dict[str, str]) -> list[str]:
    """The tables that are not what they were."""
    return [name for name, digest in digests().items() if digest != before[name]]

"""What a child theme says, laid over what its parent says: words key by key, settings by id, blocks by type.

A declaration with a `type` stands in the parent's place; one without changes the fields it names; one that says
`"remove": true` takes the parent's away. New ones come after the parent's. What is no schema at all is left as the
child wrote it, for the check to complain about.
"""

from collections.abc import Mapping
from typing import Any

Part = Mapping[str, Any]


def words(below: Any, above: Any) -> Any:
    """Groups of words merged, however deep."""
    if not (isinstance(below, dict) and isinstance(above, dict)):
        return above
    return {**below, **{key: words(below.get(key), value) for key, value in above.items()}}


def section(below: Any, above: Any) -> Any:
    """The schema of a section, or of one of its blocks."""
    if not (isinstance(below, dict) and isinstance(above, dict)):
        return above
    made = {**below, **above}
    if _declared(below, "settings") and _declared(above, "settings"):
        made["settings"] = _settings(below["settings"], above["settings"])
    if _declared(below, "blocks") and _declared(above, "blocks"):
        made["blocks"] = _blocks(below["blocks"], above["blocks"])
    return made


def groups(below: Any, above: Any) -> Any:
    """The settings of the whole shop: a new one joins the parent's group of the same name, or brings its own."""
    if not all(_declared({"groups": side}, "groups") for side in (below, above)):
        return above
    if not all(_declared(group, "settings") for group in (*below, *above)):
        return above
    parents = {one.get("id") for group in below for one in group["settings"]}
    changed = [one for group in above for one in group["settings"] if one.get("id") in parents]
    more = [{**group, "settings": [one for one in group["settings"] if one not in changed]} for group in above]
    made = []
    for group in below:
        ids = {one.get("id") for one in group["settings"]}
        joining = [one for other in more if other.get("name") == group.get("name") for one in other["settings"]]
        over = [*(one for one in changed if one.get("id") in ids), *joining]
        made.append({**group, "settings": _settings(group["settings"], over)})
    names = [group.get("name") for group in below]
    made += [group for group in more if group.get("name") not in names]
    return [group for group in made if group["settings"]]


LAID = {"config/settings_schema.json": groups, "locales/": words, "sections/": section}
"""How a file is laid over the parent's, by the beginning of its path; any other takes the parent's place."""


def _declared(holder: Part, name: str) -> bool:
    found = holder.get(name)
    return isinstance(found, list) and all(isinstance(one, dict) for one in found)


def _settings(below: list[Part], above: list[Part]) -> list[Part]:
    own = {str(one["id"]): one for one in above if "id" in one}
    laid = [_over(one, own.get(str(one.get("id")), {})) for one in below]
    known = {str(one.get("id")) for one in below}
    return [one for one in laid if not one.get("remove")] + [one for one in above if str(one.get("id")) not in known]


def _over(below: Part, above: Part) -> Part:
    return above if "type" in above else {**below, **above}


def _blocks(below: list[Part], above: list[Part]) -> list[Part]:
    own = {str(one.get("type")): one for one in above}
    laid = [section(one, own.get(str(one.get("type")), {})) for one in below]
    known = {str(one.get("type")) for one in below}
    return [one for one in laid if not one.get("remove")] + [one for one in above if str(one.get("type")) not in known]

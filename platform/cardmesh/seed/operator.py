"""What every installation needs before its first supplier: an operator, and the categories."""

from ..goods.catalog.service import ensure_categories
from ..identity.api_keys import service as api_keys
from ..identity.models import Party
from ..identity.people import service as people
from ..kit import tenancy
from ..kit.db import transaction
from ..kit.tenancy import Actor
from .credentials import Credentials, new_password

EMAIL = "admin@cardmesh.example"
SEEDER = Actor("cli", name="cardmesh seed")


def prepare(credentials: Credentials) -> None:
    """The categories, and the operator's account and key."""
    with transaction(tenancy.platform(SEEDER)) as session:
        ensure_categories(session)
    if credentials.data["platform"]:
        return
    password = new_password()
    with transaction(tenancy.platform(SEEDER)) as session:
        person = people.ensure_person(session, email=EMAIL, password=password, name="Admin")
        people.join(session, person_id=person.id, party=Party.PLATFORM)
        key = api_keys.issue(session, party=Party.PLATFORM, name="development")
    credentials.data["platform"] = {"email": EMAIL, "password": password, "api_key": key.secret}
    credentials.save()

from collections.abc import Iterator

import pytest
import stripe

from cardmesh.sims.stripe import running_sim
from tests.sims.desk import KEY, client


@pytest.fixture
def url() -> Iterator[str]:
    """A simulator of its own for the test, banks answering at once."""
    with running_sim(api_keys=(KEY,), async_after=0.0, retry_base=0.01) as url:
        yield url


@pytest.fixture
def api(url: str) -> stripe.StripeClient:
    return client(url)

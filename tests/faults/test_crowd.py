"""Ten thousand mixed requests of fifty tenants over one pool, a fifth of them breaking half-way: 0 foreign rows."""

import random

from tests.isolation.test_pool import Crowd, crowd, rush

__all__ = ["crowd"]


def test_ten_thousand_mixed_requests_meet_no_foreign_row(crowd: Crowd) -> None:
    rush(crowd, 10_000, seed=random.randrange(10**6))
    assert crowd.foreign == []
    assert crowd.done.total() == 10_000 and 1_700 < crowd.done["broken"] < 2_300

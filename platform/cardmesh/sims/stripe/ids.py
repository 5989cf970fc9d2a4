"""Ids that look like Stripe's and are the same on every run with the same seed and the same calls."""

import hashlib
import threading

from .facts import Facts

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
REQUEST_BLOCK = 1000


def letters(source: str, length: int) -> str:
    """`length` base-62 letters drawn from a hash of `source`."""
    digest = hashlib.shake_256(source.encode()).digest(length)
    return "".join(ALPHABET[byte % len(ALPHABET)] for byte in digest)


class IdMaker:
    def __init__(self, store: Facts, seed: int) -> None:
        self._store = store
        with store.transaction():
            self.seed: int = store.fact("seed", seed)
            store.set_fact("seed", self.seed)
        self._lock = threading.Lock()
        self._request = 0

    def next(self, prefix: str, length: int = 24) -> str:
        """A new id such as `pi_3Nx…`; the counter is part of the caller's transaction."""
        with self._store.transaction():
            count = int(self._store.fact("id_counter", 0)) + 1
            self._store.set_fact("id_counter", count)
        return f"{prefix}_{letters(f'{self.seed}:{count}:{prefix}', length)}"

    def next_request(self) -> str:
        """A new `req_…`. Numbers are taken in blocks, so that a mere read of the API writes nothing."""
        with self._lock:
            if self._request % REQUEST_BLOCK == 0:
                self._request = int(self._store.fact("request_block", 0)) * REQUEST_BLOCK
                self._store.set_fact("request_block", self._request // REQUEST_BLOCK + 1)
            self._request += 1
            return f"req_{letters(f'{self.seed}:{self._request}:req', 14)}"

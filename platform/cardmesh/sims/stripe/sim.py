"""One simulator: its store, its configuration, and its background threads."""

from typing import Any

from .config import SimConfig, account_of_key, is_live
from .context import Context
from .deferred import Ticker
from .resources import bank_accounts, webhook_endpoints
from .resources.account_object import own_account
from .store import Store
from .webhooks.sender import Sender

CONFIGURED_ENDPOINT = "we_configured"


class Sim:
    """`base_url` starts as the default and follows the address under which requests arrive."""

    def __init__(self, config: SimConfig) -> None:
        self.config = config
        self.store = Store(config.database, config.seed)
        self.base_url: str = self.store.fact("base_url", "http://127.0.0.1")
        with self.store.transaction():
            self._own_accounts()
            self._configured_endpoint()
        self._sender = Sender(self.store, config)
        self._ticker = Ticker(self.store, self.context_of)

    def start(self) -> None:
        self._sender.start()
        self._ticker.start()

    def stop(self) -> None:
        """Finish the deliveries under way and close the file; what is pending stays for the next start."""
        self._ticker.stop()
        self._sender.stop()
        self.store.close()

    def context(self, **who: Any) -> Context:
        return Context(store=self.store, config=self.config, **who)

    def context_of(self, id: str) -> Context:
        """Act for the account that owns an object: the pay page's and the deferred deeds' context."""
        row = self.store.row(id)
        if row is None:
            raise KeyError(id)
        account = row["account"]
        platform = self.store.hidden(account).get("platform", account)
        return self.context(
            platform=platform, account=account, livemode=bool(row["livemode"]), base_url=self.base_url
        )

    def reached_at(self, base_url: str) -> None:
        """Remember the address of our own pages for what happens without a request."""
        if base_url != self.base_url:
            self.base_url = base_url
            self.store.set_fact("base_url", base_url)

    def _own_accounts(self) -> None:
        for key in self.config.api_keys:
            id = account_of_key(key)
            if self.store.row(id) is None:
                body = own_account(id, self.config.country, self.store.clock.now())
                self.store.insert("account", body, account=id, livemode=is_live(key))
                self._bank(id, is_live(key))

    def _bank(self, account: str, livemode: bool) -> None:
        context = self.context(platform=account, account=account, livemode=livemode, base_url=self.base_url)
        for currency in ("usd", "cny"):
            given = {"object": "bank_account", "account_number": bank_accounts.GOOD_NUMBER,
                     "country": self.config.country, "currency": currency}  # fmt: skip
            bank_accounts.add(context, account, given)

    def _configured_endpoint(self) -> None:
        """The command line's endpoint hears everything, like `stripe listen --forward-to --forward-connect-to`."""
        self.store.delete(CONFIGURED_ENDPOINT)
        if self.config.webhook_url and self.config.webhook_secret:
            if not webhook_endpoints.is_loopback(self.config.webhook_url):
                raise ValueError("the simulator delivers webhooks to http://127.0.0.1 and *.localhost only")
            key = self.config.api_keys[0]
            id = account_of_key(key)
            context = self.context(platform=id, account=id, livemode=is_live(key), base_url=self.base_url)
            about = {"url": self.config.webhook_url, "enabled_events": ["*"], "description": "command line"}
            hidden = {"secret": self.config.webhook_secret, "connect": "both"}
            webhook_endpoints.add(context, CONFIGURED_ENDPOINT, about, hidden)

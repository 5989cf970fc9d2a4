"""The Caddyfile we ship, in the real proxy: certificates by its own authority for exactly what serves a store."""

import os
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPResponse, HTTPSConnection
from pathlib import Path

import pytest
from apiflask import APIFlask

from cardmesh.sims.serve import LoopbackServer
from cardmesh.stores import directory
from tests.domains.conftest import HOST, SECRET, Owner, dns, one, owners, web
from tests.fixtures.installation import free_port

__all__ = ["dns", "one", "owners", "web"]

ROOT = Path(__file__).parents[2]
CADDY = Path(sys.executable).with_name("caddy")
START_SECONDS = 60
NOT_YET_VALID = 9
"""OpenSSL reads the kernel's coarse clock, milliseconds behind the one by which Caddy dated a certificate just now."""

pytestmark = pytest.mark.skipif(not CADDY.exists(), reason="there is no Caddy for this machine")


@dataclass
class Proxy:
    """A running Caddy; `authority` signed what it presents."""

    http_port: int
    https_port: int
    authority: Path

    def shake(self, host: str, source: str = "127.0.0.1") -> ssl.SSLSocket:
        """A TLS connection for `host`, its certificate verified. Raises ssl.SSLError when it is refused.

        What Cardmesh remembers of hosts for two seconds is forgotten before. A certificate that starts within the
        clocks' difference is tried once again.
        """
        directory._memories.clear()
        context = ssl.create_default_context(cafile=self.authority)
        try:
            return self._shaken(context, host, source)
        except ssl.SSLCertVerificationError as error:
            if error.verify_code != NOT_YET_VALID:
                raise
        time.sleep(0.1)
        return self._shaken(context, host, source)

    def _shaken(self, context: ssl.SSLContext, host: str, source: str) -> ssl.SSLSocket:
        with socket.create_connection(("127.0.0.1", self.https_port), 30, (source, 0)) as plain:
            return context.wrap_socket(plain, server_hostname=host)

    def get(self, host: str, path: str, **headers: str) -> tuple[int, str]:
        with closing(HTTPSConnection(host)) as connection:
            connection.sock = self.shake(host)
            connection.request("GET", path, headers={name.replace("_", "-"): value for name, value in headers.items()})
            return _read(connection.getresponse())

    def left(self, source: str, claimed: str) -> int:
        """How many more calls of a limited kind an address has, whatever it claims to be."""
        with closing(HTTPSConnection("localhost")) as connection:
            connection.sock = self.shake("localhost", source)
            connection.request("GET", "/v1/log/head", headers={"X-Forwarded-For": claimed})
            answer = connection.getresponse()
            _read(answer)
            return int(answer.headers["RateLimit-Remaining"])

    def plain(self, host: str, path: str) -> str:
        """Where an unencrypted request is sent."""
        with closing(HTTPConnection("127.0.0.1", self.http_port, timeout=30)) as connection:
            connection.request("GET", path, headers={"Host": host})
            answer = connection.getresponse()
            _read(answer)
            return answer.headers["Location"]


def _read(answer: HTTPResponse) -> tuple[int, str]:
    with answer:
        return answer.status, answer.read().decode()


def environment(upstream: str, home: Path) -> dict[str, str]:
    ours = {"BASE_HOST": "localhost", "TLS_ASK_SECRET": SECRET, "CARDMESH_UPSTREAM": upstream}
    return {**os.environ, **ours, "HOME": str(home), "XDG_DATA_HOME": str(home), "XDG_CONFIG_HOME": str(home)}


@pytest.fixture
def proxy(web: APIFlask, tmp_path: Path) -> Iterator[Proxy]:
    """The shipped file with ports of ours and Caddy's own authority instead of a public one."""
    made = Proxy(free_port(), free_port(), tmp_path / "caddy" / "pki" / "authorities" / "local" / "root.crt")
    here = f"local_certs\nskip_install_trust\nadmin off\nhttp_port {made.http_port}\nhttps_port {made.https_port}\n"
    shipped = (ROOT / "deploy" / "Caddyfile").read_text()
    (tmp_path / "Caddyfile").write_text(shipped.replace("\n{\n", f"\n{{\n{here}", 1))
    upstream = LoopbackServer(web).start()
    command = [str(CADDY), "run", "--adapter", "caddyfile", "--config", str(tmp_path / "Caddyfile")]
    log = tmp_path / "caddy.log"
    with ExitStack() as stack:
        stack.callback(upstream.stop)
        output = stack.enter_context(log.open("w"))
        env = environment(upstream.url.removeprefix("http://"), tmp_path)
        process = subprocess.Popen(command, env=env, stdout=output, stderr=subprocess.STDOUT)
        stack.callback(process.wait, 30)
        stack.callback(process.terminate)
        _wait(process, made, log)
        yield made


def _wait(process: "subprocess.Popen[bytes]", proxy: Proxy, log: Path) -> None:
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end and process.poll() is None:
        try:
            proxy.shake("one.localhost").close()
            return
        except OSError:
            time.sleep(0.2)
    pytest.fail(f"Caddy is not ready:\n{log.read_text()[-4000:]}")


def test_the_shipped_file_is_valid(tmp_path: Path) -> None:
    command = [str(CADDY), "validate", "--adapter", "caddyfile", "--config", str(ROOT / "deploy" / "Caddyfile")]
    run = subprocess.run(command, env=environment("127.0.0.1:8000", tmp_path), capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    assert "Valid configuration" in run.stdout + run.stderr


def test_a_domain_gets_its_certificate_when_it_is_proven_and_not_before(one: Owner, proxy: Proxy) -> None:
    domain = one.add()
    with pytest.raises(ssl.SSLError):
        proxy.shake(HOST)
    one.write(domain)
    one.check(domain)
    status, text = proxy.get(HOST, "/api/store")
    assert (status, '"one"' in text) == (200, True)
    assert one.read(domain).certificate_at is not None
    assert proxy.get("one.localhost", "/api/store")[0] == 200


@pytest.mark.parametrize("host", ["evil.example.com", f"x.{HOST}", "nobody.localhost", "a.one.localhost", "127.0.0.1"])
def test_nobody_else_gets_one(one: Owner, proxy: Proxy, host: str) -> None:
    one.prove()
    with pytest.raises(ssl.SSLError):
        proxy.shake(host)


def test_a_released_domain_serves_nothing_whatever_the_proxy_remembers(one: Owner, proxy: Proxy) -> None:
    domain = one.prove()
    assert proxy.get(HOST, "/api/store")[0] == 200
    one.release(domain)
    assert proxy.get(HOST, "/api/store")[0] == 404


def test_what_a_client_says_it_was_forwarded_for_is_not_passed_on(one: Owner, proxy: Proxy) -> None:
    one.prove()
    forged = {"X_Forwarded_Host": "two.localhost", "Forwarded": "host=two.localhost"}
    assert '"one"' in proxy.get(HOST, "/api/store", **forged)[1]


def test_limits_go_by_the_address_that_the_proxy_saw(one: Owner, proxy: Proxy) -> None:
    one.prove()
    first, again = proxy.left("127.0.0.2", "203.0.114.1"), proxy.left("127.0.0.2", "203.0.114.2")
    assert (again, proxy.left("127.0.0.3", "203.0.114.1")) == (first - 1, first)


def test_the_address_that_answers_the_proxy_is_not_reached_through_it(one: Owner, proxy: Proxy) -> None:
    one.prove()
    for host in (HOST, "localhost"):
        assert proxy.get(host, f"/-/tls/{SECRET}?domain={HOST}")[0] == 404


def test_consoles_are_on_their_own_name(one: Owner, proxy: Proxy) -> None:
    one.prove()
    assert (proxy.get("localhost", "/sign-in")[0], proxy.get(HOST, "/sign-in")[0]) == (200, 503)


def test_plain_requests_are_sent_to_tls(one: Owner, proxy: Proxy) -> None:
    one.prove()
    assert proxy.plain(HOST, "/p/card/?a=1").startswith(f"https://{HOST}")

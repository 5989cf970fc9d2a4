"""What every test may rely on: no way out of this machine, and no warning that passes unseen."""

import socket
import warnings

import pytest
from pytest_socket import SocketConnectBlockedError


def test_nothing_beyond_loopback_can_be_reached() -> None:
    told = (SocketConnectBlockedError, UserWarning)  # it warns first, and warnings are errors
    with pytest.raises(told, match=r"192\.0\.2\.1"), socket.socket() as outside:
        outside.settimeout(1)
        outside.connect(("192.0.2.1", 80))


def test_loopback_can_be_reached() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()) as client:
        assert client.getpeername() == server.getsockname()


def test_a_warning_is_an_error() -> None:
    with pytest.raises(UserWarning, match="look"):
        warnings.warn("look", stacklevel=1)

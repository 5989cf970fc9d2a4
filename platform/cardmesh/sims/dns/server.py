"""The wire: UDP with cut answers, TCP for whole ones, each in a thread on one port of 127.0.0.1."""

import socket
import socketserver
import struct
import threading

import dns.exception
import dns.flags
import dns.message

from ..serve import LOOPBACK
from .zone import Zone

PLAIN_BYTES = 512
"""What a UDP answer may have when the question names no other size (RFC 1035 §4.2.1)."""


class Server:
    """Answers from `zone` until stopped."""

    def __init__(self, zone: Zone) -> None:
        self._udp, self._tcp = _bound(zone)
        self.address = f"{LOOPBACK}:{self._udp.server_address[1]}"
        servers = (self._udp, self._tcp)
        self._threads = [
            threading.Thread(target=one.serve_forever, args=(0.05,), name="sim-dns", daemon=True) for one in servers
        ]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        for server, thread in zip((self._udp, self._tcp), self._threads, strict=True):
            server.shutdown()
            thread.join(5)
            server.server_close()


def _bound(zone: Zone) -> tuple[socketserver.UDPServer, socketserver.TCPServer]:
    """Both on the same port, whichever is free for both."""
    for _ in range(50):
        udp = socketserver.ThreadingUDPServer((LOOPBACK, 0), _handler(_Datagram, zone))
        try:
            tcp = socketserver.ThreadingTCPServer((LOOPBACK, udp.server_address[1]), _handler(_Stream, zone))
        except OSError:
            udp.server_close()
            continue
        udp.daemon_threads = tcp.daemon_threads = True
        return udp, tcp
    raise OSError("no port is free for both UDP and TCP")


def _handler(base: type[socketserver.BaseRequestHandler], zone: Zone) -> type[socketserver.BaseRequestHandler]:
    return type(base.__name__, (base,), {"zone": zone})


class _Datagram(socketserver.BaseRequestHandler):
    zone: Zone

    def handle(self) -> None:
        content, transport = self.request
        query = _read(content)
        reply = self.zone.answer(query) if query else None
        if query and reply:
            most = max(PLAIN_BYTES, query.payload if query.edns >= 0 else 0)
            transport.sendto(_within(reply, most), self.client_address)


class _Stream(socketserver.BaseRequestHandler):
    zone: Zone

    def handle(self) -> None:
        connection: socket.socket = self.request
        connection.settimeout(10)
        head = connection.recv(2, socket.MSG_WAITALL)
        if len(head) < 2:
            return
        query = _read(connection.recv(struct.unpack("!H", head)[0], socket.MSG_WAITALL))
        reply = self.zone.answer(query) if query else None
        if reply:
            wire = reply.to_wire(max_size=65535)
            connection.sendall(struct.pack("!H", len(wire)) + wire)


def _read(content: bytes) -> dns.message.Message | None:
    """None for what is no question: a real server says nothing to noise either."""
    try:
        message = dns.message.from_wire(content)
    except dns.exception.DNSException:
        return None
    return message if message.question else None


def _within(reply: dns.message.Message, most: int) -> bytes:
    """The answer, or only its head with the flag that asks to come again by TCP."""
    try:
        return reply.to_wire(max_size=most)
    except dns.exception.TooBig:
        reply.flags |= dns.flags.TC
        reply.answer.clear()
        return reply.to_wire()

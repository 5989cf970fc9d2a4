"""Records, and the answer to a question about them (RFC 1034 §4.3.2, wildcards by RFC 4592). Thread-safe."""

import threading

import dns.message
import dns.name
import dns.rcode
import dns.rdatatype
import dns.rrset

TTL = 60
LONGEST_CHAIN = 16
_CNAME = dns.rdatatype.CNAME


class Zone:
    """The whole tree of names. Texts of TXT records are given plain and cut into strings of 255 bytes here."""

    def __init__(self) -> None:
        self._records: dict[dns.name.Name, dict[dns.rdatatype.RdataType, list[str]]] = {}
        self._silent: set[dns.name.Name] = set()
        self._failing: set[dns.name.Name] = set()
        self._lock = threading.Lock()
        self.asked: list[tuple[str, str]] = []
        """(name, type) of every question, in order."""

    def set(self, name: str, type: str, *values: str) -> None:
        """These records and no others of this type; none: the type is gone, and with its last record the name."""
        kind = dns.rdatatype.from_text(type)
        with self._lock:
            kinds = self._records.setdefault(_name(name), {})
            kinds[kind] = [_quoted(one) if kind == dns.rdatatype.TXT else one for one in values]
            if not values:
                del kinds[kind]
            if not kinds:
                del self._records[_name(name)]

    def fail(self, *names: str) -> None:
        """Answer SERVFAIL for these from now on, as when their own servers are broken; none: all is well again."""
        self._failing = {_name(one) for one in names}

    def silence(self, *names: str) -> None:
        """Say nothing to questions about these."""
        self._silent = {_name(one) for one in names}

    def answer(self, query: dns.message.Message) -> dns.message.Message | None:
        """The response; None for silence."""
        question = query.question[0]
        reply = dns.message.make_response(query, recursion_available=True)
        with self._lock:
            self.asked.append((question.name.to_text(omit_final_dot=True), dns.rdatatype.to_text(question.rdtype)))
            if question.name in self._silent:
                return None
            if question.name in self._failing:
                reply.set_rcode(dns.rcode.SERVFAIL)
            else:
                self._fill(reply, question.name, question.rdtype)
        return reply

    def _fill(self, reply: dns.message.Message, name: dns.name.Name, kind: dns.rdatatype.RdataType) -> None:
        for _ in range(LONGEST_CHAIN):
            found = self._at(name)
            if found is None:
                reply.set_rcode(dns.rcode.NXDOMAIN)
                return
            if kind in found:
                reply.answer.append(dns.rrset.from_text(name, TTL, "IN", kind, *found[kind]))
                return
            if _CNAME not in found:
                return
            target = found[_CNAME][0]
            reply.answer.append(dns.rrset.from_text(name, TTL, "IN", _CNAME, f"{target.rstrip('.')}."))
            name = _name(target)

    def _at(self, name: dns.name.Name) -> dict[dns.rdatatype.RdataType, list[str]] | None:
        """What stands at a name, or at the wildcard above it; {} for a name that only has names below it."""
        if name in self._records:
            return self._shown(self._records[name])
        if any(other.is_subdomain(name) for other in self._records):
            return {}
        parent = name.parent() if len(name) > 1 else name
        while len(parent) > 1:
            wildcard = dns.name.from_text("*", parent)
            if wildcard in self._records:
                return self._shown(self._records[wildcard])
            if any(other.is_subdomain(parent) for other in self._records):
                return None
            parent = parent.parent()
        return None

    @staticmethod
    def _shown(kinds: dict[dns.rdatatype.RdataType, list[str]]) -> dict[dns.rdatatype.RdataType, list[str]]:
        fixed = {kind: list(values) for kind, values in kinds.items()}
        if _CNAME in fixed:
            fixed[_CNAME] = [f"{one.rstrip('.')}." for one in fixed[_CNAME]]
        return fixed


def _name(text: str) -> dns.name.Name:
    return dns.name.from_text(text)


def _quoted(text: str) -> str:
    parts = [text[start : start + 255] for start in range(0, len(text) or 1, 255)]
    return " ".join('"' + part.replace("\\", "\\\\").replace('"', '\\"') + '"' for part in parts)

"""A DNS server on loopback with a few made-up domains."""

import socket
import threading
import time
from collections import Counter
from typing import Self

import dns.flags
import dns.message
import dns.rcode
import dns.rrset

#: Domain → kind → records; a domain that is not here does not exist.
ZONE = {
    "mail.example": {"MX": ["10 mx.mail.example."]},
    "null.example": {"MX": ["0 ."]},
    "address.example": {"A": ["192.0.2.1"]},
    "six.example": {"AAAA": ["2001:db8::1"]},
    "empty.example": {},
    "broken.example": {},
    "silent.example": {},
}


class NameServer:
    """Answers on a port of this machine until the block ends."""

    def __init__(self) -> None:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self._thread = threading.Thread(target=self._serve, daemon=True)
        #: How often each domain was asked for its mail exchangers.
        self.asked: Counter[str] = Counter()
        self.address: tuple[str, int] = self._socket.getsockname()

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        # an empty datagram ends the loop; a closed socket would not wake it
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as last:
            last.sendto(b"", self.address)
        self._thread.join(timeout=5)
        self._socket.close()

    def _serve(self) -> None:
        while True:
            data, sender = self._socket.recvfrom(4096)
            if not data:
                return
            answer = self._answer(dns.message.from_wire(data))
            if answer is not None:
                self._socket.sendto(answer.to_wire(), sender)

    def _answer(self, query: dns.message.Message) -> dns.message.Message | None:
        question = query.question[0]
        domain, kind = str(question.name).rstrip("."), str(question.rdtype.name)
        self.asked.update([domain] if kind == "MX" else [])
        if domain == "silent.example":
            time.sleep(0.01)
            return None
        answer = dns.message.make_response(query)
        answer.flags |= dns.flags.RA
        if domain == "broken.example":
            answer.set_rcode(dns.rcode.SERVFAIL)
        elif domain not in ZONE:
            answer.set_rcode(dns.rcode.NXDOMAIN)
        elif kind in ZONE[domain]:
            answer.answer.append(dns.rrset.from_text(question.name, 60, "IN", kind, *ZONE[domain][kind]))
        return answer

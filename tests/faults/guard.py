"""Ask the bot while every connection to another machine is an error: python -m tests.faults.guard"""

import socket
import sys
from ipaddress import ip_address

from qa.__main__ import main


def guard(event: str, arguments: tuple[object, ...]) -> None:
    if event in ("socket.connect", "socket.sendto", "socket.getaddrinfo", "socket.gethostbyname"):
        address = arguments[1] if event in ("socket.connect", "socket.sendto") else arguments[:1]
        made = arguments[0] if isinstance(arguments[0], socket.socket) else None
        if made is not None and made.family == socket.AF_UNIX:
            return
        host = address[0] if isinstance(address, tuple) else address
        if not isinstance(host, str) or not (host in ("localhost", "") or ip_address(host).is_loopback):
            raise RuntimeError(f"a packet would leave the machine: {event} {address!r}")


if __name__ == "__main__":
    sys.addaudithook(guard)
    sys.exit(main())

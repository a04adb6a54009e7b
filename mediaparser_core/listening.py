"""Where a server of ours may listen, and by which names it answers."""

from __future__ import annotations

import ipaddress
import socket
from urllib.parse import urlsplit

from mediaparser_core.accounts import Accounts
from mediaparser_core.errors import SettingsError


def is_loopback(address: str) -> bool:
    """Whether *address* (a name or an IP address) is this machine and nobody else's business."""
    if address == "localhost":
        return True
    try:
        return ipaddress.ip_address(address.strip("[]")).is_loopback
    except ValueError:
        return False


def check_address(address: str, accounts: Accounts, what: str, further: str = "") -> None:
    """Raise :class:`SettingsError` when others could reach *address* and there is no user yet.

    Who gives the machine *further* names expects others, perhaps through a proxy that reaches us on loopback.
    """
    if (not is_loopback(address) or further.strip(" ,")) and accounts.empty:
        raise SettingsError(
            f"{what} would be open to everybody on {address or 'every address'}; add a user first: "
            "mediaparser user add NAME (or listen on 127.0.0.1, under no other name)"
        )


def names_of(address: str, further: str = "") -> frozenset[str]:
    """What this machine is called by: ``localhost``, its own name (also with ``.local``), *address*, and the names in
    *further*, with commas between them."""
    own = socket.gethostname().lower()
    given = (name.strip().rstrip(".").lower() for name in (address, *further.split(",")))
    return frozenset({"localhost", own, f"{own}.local", *(name for name in given if name)})


def is_for_us(host: str | None, names: frozenset[str]) -> bool:
    """Whether a request with this ``Host`` header is meant for us.

    A page that was tricked into our address (DNS rebinding) sends its own name, and can never send a bare IP address.
    """
    if not host or len(host) > 300:
        return False
    try:
        name = (urlsplit(f"//{host}").hostname or "").rstrip(".").lower()
        if name in names:
            return True
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True

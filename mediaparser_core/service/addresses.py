"""Where the service is, and how to connect the drive on every kind of computer and phone."""

from __future__ import annotations

import socket
from urllib.parse import urlsplit

from mediaparser_core.listening import is_loopback


def for_others(address: str, host: str) -> str:
    """*address* as other computers in the house say it: where it means "every one", it gets this machine's name."""
    parts = urlsplit(address)
    if host not in ("0.0.0.0", "::", ""):  # noqa: S104 - compared, not bound
        return address
    return f"{parts.scheme}://{socket.gethostname()}.local:{parts.port}/"


def in_words(explorer: str, drive: str, host: str) -> list[str]:
    """What ``mediaparser serve`` prints when everything runs; *host* is the address it was told to listen on."""
    explorer, drive = for_others(explorer, host), for_others(drive, host)
    parts = urlsplit(drive)
    name, port = parts.hostname or "", parts.port or 80
    here = is_loopback(name)
    windows = f"File Explorer, right click on This PC, Map network drive: \\\\{name}@{port}\\DavWWWRoot"
    if not here:
        windows = "sends a password only over https: put a proxy in front (docs/deploy/reverse-proxy.md)"
    lines = [
        f"Pictures   {explorer}",
        f"Drive      {drive}",
        f"  Windows  {windows}",
        f"  macOS    Finder, Go, Connect to Server: {drive}",
        f"  Linux    Files, Other Locations: dav://{name}:{port}/",
    ]
    if here:
        lines.append("  Phones   let them in first: mediaparser user add NAME, then mediaparser serve --host 0.0.0.0")
    else:
        lines.append(f"  Phones   a file manager that knows WebDAV (Solid Explorer, Owlfiles, Documents): {drive}")
    return lines

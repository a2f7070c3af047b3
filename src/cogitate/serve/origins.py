"""Accepted hosts and origins: a page of another site must not reach a server on loopback.

A browser lets a page send requests to any address that the page's name resolves to (DNS
rebinding). But it always sends the name, as `Host`, and the page's origin, as `Origin`.
"""

import re
from collections.abc import Iterable, MutableMapping, Sequence
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any, Self

from cogitate.errors import UsageError
from cogitate.serve.errors import error_body
from cogitate.serve.guard import App, Receive, Send, answer

_NAME = r"\[[0-9a-f:.]+\]|[a-z0-9_-]+(?:\.[a-z0-9_-]+)*"
_AUTHORITY = re.compile(rf"({_NAME})\.?(?::[0-9]*)?")
_ORIGIN = re.compile(r"null|file://|[a-z][a-z0-9+.-]*://[^\s/?#@,*]+")
_USUAL_PORTS = {"http://": ":80", "https://": ":443"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """The accepted hosts, beside loopback's, and the accepted foreign origins.

    Example: Known.of(hosts=["box.lan"], origins=["http://localhost:3000"])
    """

    hosts: frozenset[str] = frozenset()
    origins: frozenset[str] = frozenset()
    any_host: bool = False
    """Accept all hosts, for servers with an API key."""

    @classmethod
    def of(
        cls, *, hosts: Iterable[str] = (), origins: Iterable[str] = (), any_host: bool = False
    ) -> Self:
        """Read names as a user writes them.

        Raises:
            UsageError: a host with a scheme, a port or a wildcard, or an origin with a path.
        """
        return cls(
            hosts=frozenset(map(_host, hosts)),
            origins=frozenset(map(_origin, origins)),
            any_host=any_host,
        )

    def fault(self, scheme: str, hosts: list[str], origins: list[str]) -> str:
        """Return why a request with these headers is refused; empty if it is accepted."""
        host = hosts[0] if len(hosts) == 1 else ""
        if not (self.any_host or self._is_ours(host)):
            return (
                f"this server is not known as {', '.join(hosts) or 'nothing (no Host)'!r}: use"
                " localhost, or start it with --allow-host NAME, or with --api-key-file"
            )
        for origin in map(_plain_origin, origins):
            if origin not in {_plain_origin(f"{scheme}://{host}"), *self.origins}:
                return (
                    f"pages of {origin!r} may not send requests here: start the server with"
                    " --allow-origin ORIGIN"
                )
        return ""

    def _is_ours(self, authority: str) -> bool:
        host = host_of(authority)
        return host in self.hosts or is_loopback(host)


def own_fault(scheme: str, hosts: list[str], origins: list[str]) -> str:
    """Return why a request does not come from this server's own page; empty if it does."""
    host = hosts[0] if len(hosts) == 1 else ""
    if not is_loopback(host_of(host)):
        return f"only a page of localhost may ask for this, not {', '.join(hosts)!r}"
    if list(map(_plain_origin, origins)) != [_plain_origin(f"{scheme}://{host}")]:
        named = ", ".join(origins) or "nothing (no Origin)"
        return f"only this server's own page may ask for this, not {named!r}"
    return ""


class Door:
    """ASGI middleware that accepts only requests to known hosts and from known origins.

    Example: app.add_middleware(Door, known=Known(), own=["/tests"])
    """

    def __init__(self, app: App, *, known: Known, own: Sequence[str] = ()) -> None:
        """Wrap an application, of which the paths `own` are for the server's own page alone."""
        self._app, self._known, self._own = app, known, tuple(own)

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it with 403."""
        fault = ""
        if scope["type"] == "http":
            sent = scope["scheme"], _values(scope, b"host"), _values(scope, b"origin")
            is_own = scope["path"].startswith(self._own)
            fault = self._known.fault(*sent) or (own_fault(*sent) if is_own else "")
        if fault:
            await answer(send, 403, error_body(fault, "invalid_request_error", code="forbidden"))
        else:
            await self._app(scope, receive, send)


def host_of(authority: str) -> str:
    """Return the host of `host[:port]` in normal form; empty if it is invalid.

    Example: host_of("LocalHost.:8000") -> "localhost"; host_of("[0::1]:80") -> "::1"
    """
    found = _AUTHORITY.fullmatch(authority.lower())
    name = found[1].strip("[]") if found else ""
    try:
        return str(ip_address(name))
    except ValueError:
        return name


def is_loopback(host: str) -> bool:
    """Return whether a host, in normal form, is this machine alone."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _host(given: str) -> str:
    bracketed = f"[{given}]" if given.count(":") > 1 and "[" not in given else given
    if not re.fullmatch(rf"(?:{_NAME})\.?", bracketed.lower()):
        raise UsageError(f"a host is a name such as box.lan, without scheme or port, not {given!r}")
    return host_of(bracketed)


def _origin(given: str) -> str:
    if not _ORIGIN.fullmatch(given.lower()):
        raise UsageError(
            f"an origin is such as http://localhost:3000, without a path, not {given!r}"
        )
    return _plain_origin(given)


def _plain_origin(origin: str) -> str:
    """Return an origin as browsers write it: in lower case, without its scheme's default port."""
    origin = origin.lower()
    for scheme, port in _USUAL_PORTS.items():
        if origin.startswith(scheme):
            return origin.removesuffix(port)
    return origin


def _values(scope: MutableMapping[str, Any], name: bytes) -> list[str]:
    return [value.decode("latin-1") for key, value in scope["headers"] if key == name]

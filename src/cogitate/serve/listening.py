"""The socket that a server listens on."""

import socket


def without_delay(bound: socket.socket) -> socket.socket:
    """Set TCP_NODELAY for the connections of a socket; return the socket.

    Otherwise each token of a stream waits up to 40 ms for the client to acknowledge the one before
    (Nagle's algorithm, RFC 896). asyncio sets it only for sockets that name their protocol, which
    uvicorn's do not.
    """
    bound.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return bound

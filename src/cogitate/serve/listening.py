"""The socket that a server listens on."""

import socket


def without_delay(bound: socket.socket) -> socket.socket:
    """Let every connection to a socket send at once what it has; return the socket.

    Else each token of a stream waits for the client to acknowledge the one before, which takes it
    up to 40 ms (Nagle's algorithm, RFC 896). asyncio sees to this only for sockets that name
    their protocol; uvicorn's do not.
    """
    bound.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return bound

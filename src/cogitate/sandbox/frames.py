"""Messages on a stream: four bytes of length, then JSON.

Both sides of the sandbox use it. The child blocks; the parent has a deadline and a limit of size,
and takes whatever it reads for untrusted data.
"""

import json
import os
import socket
import time
from collections.abc import Iterator
from typing import Any

_HEAD = 4


def pack(message: Any) -> bytes:
    """Return a message as bytes."""
    body = json.dumps(message, separators=(",", ":")).encode()
    return len(body).to_bytes(_HEAD, "big") + body


def receive(descriptor: int) -> Any:
    """Wait for one message from a trusted sender.

    Raises:
        EOFError: the sender closed the stream.
    """
    return json.loads(_exactly(descriptor, int.from_bytes(_exactly(descriptor, _HEAD), "big")))


def _exactly(descriptor: int, size: int) -> bytes:
    parts: list[bytes] = []
    while size:
        part = os.read(descriptor, min(size, 2**20))
        if not part:
            raise EOFError
        parts.append(part)
        size -= len(part)
    return b"".join(parts)


def send(descriptor: int, data: bytes) -> None:
    """Write all bytes."""
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]


def messages(channel: socket.socket, deadline: float, limit: int) -> Iterator[Any]:
    """Yield messages of an untrusted sender until it closes the stream.

    Args:
        channel: where they come from.
        deadline: on the monotonic clock.
        limit: of all messages together, in bytes.

    Raises:
        TimeoutError: the deadline passed.
        ValueError: no such message, or too many bytes.
    """
    buffer = bytearray()
    room = limit
    while True:
        size = int.from_bytes(buffer[:_HEAD], "big")
        if len(buffer) >= _HEAD and size > limit:
            raise ValueError("a message is too long")
        if len(buffer) >= _HEAD + size and len(buffer) >= _HEAD:
            body = bytes(buffer[_HEAD : _HEAD + size])
            del buffer[: _HEAD + size]
            yield _parsed(body)
            continue
        channel.settimeout(max(1e-6, deadline - time.monotonic()))
        try:
            part = channel.recv(2**16)
        except ConnectionError:  # it died with messages unread
            return
        if not part:
            return
        room -= len(part)
        if room < 0:
            raise ValueError("too much output")
        buffer += part


def _parsed(body: bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError) as error:
        raise ValueError("a message is not JSON") from error

"""What the main process and its workers say to each other: pickled tuples, each behind its length.

Only a process that we started, over a pipe that no other has, is listened to: pickle runs what it is told to.
"""

from __future__ import annotations

import pickle
import struct
from typing import Any, BinaryIO

LENGTH = struct.Struct("!Q")


def send(stream: BinaryIO, message: Any) -> None:
    """Send a message.

    Raises
    ------
    OSError
        If the other process is gone.
    """
    content = pickle.dumps(message, pickle.HIGHEST_PROTOCOL)
    stream.write(LENGTH.pack(len(content)))
    stream.write(content)
    stream.flush()


def receive(stream: BinaryIO) -> Any:
    """Return the next message.

    Raises
    ------
    EOFError
        If there is none any more, or only half of one.
    """
    head = stream.read(LENGTH.size)
    if len(head) < LENGTH.size:
        raise EOFError
    (size,) = LENGTH.unpack(head)
    content = stream.read(size)
    if len(content) < size:
        raise EOFError
    return pickle.loads(content)

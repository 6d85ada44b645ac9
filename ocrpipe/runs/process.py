"""What is asked of a process from outside: its memory, and how it ended; and what another one needs to begin with."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

MEGA = 1_000_000


def cores() -> int:
    """Return how many cores this process may use, which may be fewer than there are."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def python_path() -> str:
    """Return this process's module path for another one, which then imports the same modules."""
    return os.pathsep.join(dict.fromkeys(str(Path(place or ".").resolve()) for place in sys.path))


def memory_of(process: int) -> float:
    """Return how much memory a process takes, in megabytes; 0 where that cannot be told."""
    try:
        pages = int(Path(f"/proc/{process}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / MEGA
    except (OSError, ValueError, IndexError):
        pass
    try:  # as on macOS, where there is no /proc
        done = subprocess.run(["ps", "-o", "rss=", "-p", str(process)], capture_output=True, text=True, check=False)
        return int(done.stdout) * 1024 / MEGA
    except (OSError, ValueError):
        return 0.0


def ending(code: int) -> str:
    """Return how a process ended that should not have.

    Examples
    --------
    >>> ending(3), ending(-11)
    ('ended its process with code 3', 'its process died of SIGSEGV')
    """
    if code >= 0:
        return f"ended its process with code {code}"
    try:
        return f"its process died of {signal.Signals(-code).name}"
    except ValueError:
        return f"its process died of signal {-code}"

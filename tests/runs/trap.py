"""A plugin for tests of runs: on some pages it does what costs a process its life, time or memory."""

import ctypes
import os
import time
from pathlib import Path

import numpy as np

from ocrpipe import GrayPage, Plugin, hookimpl


class Trap(Plugin):
    """Does what `how` says on the pages `on` of the documents whose names hold `where`; others pass."""

    how: str = ""
    on: tuple[int, ...] = (1,)
    where: str = ""
    once: str = ""
    pause: float = 0.0
    log: str = ""

    @hookimpl
    def prepare(self, page: GrayPage) -> GrayPage:
        time.sleep(self.pause)
        if self.log:
            with Path(self.log).open("a") as log:
                log.write(f"{page.source.path}:{page.source.page}\n")
        if self.how and page.source.page in self.on and self.where in (page.source.path or "") and not self.was_here():
            getattr(self, self.how)()
        return page

    def was_here(self) -> bool:
        """Return whether the trap has gone off before; a file remembers it where `once` names one."""
        if not self.once:
            return False
        try:
            Path(self.once).touch(exist_ok=False)
        except FileExistsError:
            return True
        return False

    def raises(self) -> None:
        raise RuntimeError("out of cheese")

    def exits(self) -> None:
        os._exit(3)

    def segfaults(self) -> None:
        ctypes.string_at(0)

    def hangs(self) -> None:
        time.sleep(600)

    def hoards(self) -> None:
        kept = []
        while True:
            kept.append(np.ones(5_000_000))
            time.sleep(0.005)

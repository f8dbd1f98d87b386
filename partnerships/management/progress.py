"""A bar that shows how far a command is; only where a person looks at a terminal."""

from __future__ import annotations

from django.core.management.base import OutputWrapper

WIDTH = 30


class Progress:
    """Call it with what is being done, how many are done and of how many."""

    def __init__(self, stream: OutputWrapper) -> None:
        self.stream = stream
        self.is_shown = stream.isatty()
        self.last = ""

    def __call__(self, what: str, done: int, total: int) -> None:
        if not self.is_shown or not total:
            return
        filled = WIDTH * done // total
        line = f"\r{what:<24} [{'#' * filled}{'.' * (WIDTH - filled)}] {done:,} of {total:,}"
        if line != self.last:
            self.stream.write(line, ending="\n" if done >= total else "")
            self.stream.flush()
            self.last = line

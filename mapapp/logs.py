"""Keeps tokens of links out of logs: whoever reads those must not answer for others."""

from __future__ import annotations

import logging
import re

#: Where addresses with a secret begin. The proxy leaves the same out: docs/operations.md.
SECRET = (
    "l",
    "checklists",
    "evaluations",
    "unsubscribe",
    "suggest/follow",
    "accounts/set-password",
    "accounts/password/reset",
)
_SECRET = re.compile(rf"(/(?:{'|'.join(SECRET)})/)[^\s\"'?]+")


class TokenFilter(logging.Filter):
    """Of a handler: there it sees the records of every logger."""

    def filter(self, record: logging.LogRecord) -> bool:
        said = record.getMessage()
        cut = _SECRET.sub(r"\1…", said)
        if cut != said:
            record.msg, record.args = cut, ()
        return True

"""gunicorn's logs without tokens: `--logger-class mapapp.access_log.AccessLog`."""

from __future__ import annotations

from typing import Any

from gunicorn.glogging import Logger

from mapapp.logs import TokenFilter


class AccessLog(Logger):
    def setup(self, cfg: Any) -> None:
        super().setup(cfg)
        for handler in [*self.access_log.handlers, *self.error_log.handlers]:
            handler.addFilter(TokenFilter())

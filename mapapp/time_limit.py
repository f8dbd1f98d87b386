"""No statement of a web process runs for ever. Commands may take their time."""

from __future__ import annotations

from typing import Any


def limit_queries(databases: dict[str, dict[str, Any]], seconds: int) -> None:
    """Before the first connection: PostgreSQL ends any statement after so many seconds; 0: never.

    Asked for when connecting, so that a request pays nothing for it. SQLite has no such limit.
    """
    for database in databases.values():
        if seconds and database["ENGINE"].endswith("postgresql"):
            options = database.setdefault("OPTIONS", {})
            stated = options.get("options", "")
            options["options"] = f"-c statement_timeout={seconds}s {stated}".strip()  # last wins

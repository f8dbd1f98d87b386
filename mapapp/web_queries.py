"""What a web process asks of PostgreSQL when it connects. Commands ask nothing."""

from __future__ import annotations

from typing import Any

#: What is searched fits into memory, where a page out of order costs hardly more than the next one.
#: With the default of 4, words of many records are looked for in every document, without the index.
RANDOM_PAGE_COST = 1.1


def prepare_databases(databases: dict[str, dict[str, Any]], seconds: int) -> None:
    """Before the first connection: PostgreSQL ends any statement after so many seconds, and plans
    for data in memory. With 0 it is asked for neither.

    Asked for when connecting, so that a request pays nothing for it. SQLite has no such settings.
    """
    asked = f"-c statement_timeout={seconds}s -c random_page_cost={RANDOM_PAGE_COST}"
    for database in databases.values():
        if seconds and database["ENGINE"].endswith("postgresql"):
            options = database.setdefault("OPTIONS", {})
            stated = options.get("options", "")
            options["options"] = f"{asked} {stated}".strip()  # last wins

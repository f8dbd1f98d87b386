"""The full-text index over search documents, kept in step by the database itself."""

from django.db import migrations

TABLE = "partnerships_searchdocument"
FTS = "partnerships_searchdocument_fts"

POSTGRESQL = [
    # array_to_tsvector takes the words as they are: no parser, no dictionary, no extension, so
    # that both databases agree on what a word is (policies/normalise.py decides).
    f"""ALTER TABLE {TABLE} ADD COLUMN vector tsvector
        GENERATED ALWAYS AS (array_to_tsvector(string_to_array(words, ' '))) STORED""",
    f"CREATE INDEX {TABLE}_vector ON {TABLE} USING gin (vector) WITH (fastupdate = off)",
]
POSTGRESQL_BACK = [f"DROP INDEX {TABLE}_vector", f"ALTER TABLE {TABLE} DROP COLUMN vector"]

_FORGET = f"INSERT INTO {FTS}({FTS}, rowid, words) VALUES ('delete', old.partnership_id, old.words)"
_LEARN = f"INSERT INTO {FTS}(rowid, words) VALUES (new.partnership_id, new.words)"
SQLITE = [
    f"""CREATE VIRTUAL TABLE {FTS} USING fts5(
        words, content='{TABLE}', content_rowid='partnership_id',
        tokenize='ascii', prefix='2 3 4', detail='none', columnsize=0)""",
    f"CREATE TRIGGER {FTS}_insert AFTER INSERT ON {TABLE} BEGIN {_LEARN}; END",
    f"CREATE TRIGGER {FTS}_delete AFTER DELETE ON {TABLE} BEGIN {_FORGET}; END",
    f"CREATE TRIGGER {FTS}_update AFTER UPDATE ON {TABLE} BEGIN {_FORGET}; {_LEARN}; END",
]
SQLITE_BACK = [
    *(f"DROP TRIGGER {FTS}_{event}" for event in ("insert", "delete", "update")),
    f"DROP TABLE {FTS}",
]


def _run(schema_editor, for_postgresql, for_sqlite):
    vendor = schema_editor.connection.vendor
    for statement in {"postgresql": for_postgresql, "sqlite": for_sqlite}[vendor]:
        schema_editor.execute(statement)


def forwards(apps, schema_editor):
    _run(schema_editor, POSTGRESQL, SQLITE)


def backwards(apps, schema_editor):
    _run(schema_editor, POSTGRESQL_BACK, SQLITE_BACK)


class Migration(migrations.Migration):
    dependencies = [("partnerships", "0001_initial")]

    operations = [migrations.RunPython(forwards, backwards)]

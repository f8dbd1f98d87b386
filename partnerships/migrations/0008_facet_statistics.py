"""What PostgreSQL's planner must know of facets: a value belongs to one facet."""

from django.db import migrations

TABLE = "partnerships_facetvalue"
NAME = f"{TABLE}_together"
# It takes the two columns for independent otherwise, expects a tenth of the rows, and walks through
# 100,000 records one by one where one scan would do.
STATEMENTS = [
    f"CREATE STATISTICS {NAME} (mcv, dependencies, ndistinct) ON facet, value FROM {TABLE}",
    f"ALTER STATISTICS {NAME} SET STATISTICS 1000",
]


def forwards(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        for statement in STATEMENTS:
            schema_editor.execute(statement)


def backwards(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(f"DROP STATISTICS {NAME}")


class Migration(migrations.Migration):
    dependencies = [("partnerships", "0007_data_version")]

    operations = [migrations.RunPython(forwards, backwards)]

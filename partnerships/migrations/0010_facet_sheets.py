"""All facet values of a partnership in one row, which is what the page's facets are counted from."""

import django.db.models.deletion
from django.db import migrations, models

import partnerships.models.fields

TABLE = "partnerships_facetsheet"
TOGETHER = {"postgresql": "array_agg", "sqlite": "json_group_array"}


def fill(apps, schema_editor):
    together = TOGETHER[schema_editor.connection.vendor]
    schema_editor.execute(
        f"INSERT INTO {TABLE} (partnership_id, pairs)"
        f" SELECT partnership_id, {together}(facet || '=' || value)"
        " FROM partnerships_facetvalue WHERE facet <> 'institution' GROUP BY partnership_id"
    )
    schema_editor.execute(f"ANALYZE {TABLE}")


class Migration(migrations.Migration):
    dependencies = [("partnerships", "0013_suggestions")]

    operations = [
        migrations.RemoveIndex("partnership", "partnership_public"),
        migrations.AddIndex(
            "partnership",
            models.Index(
                fields=["moderation", "last_confirmed_on", "stage", "id"],
                name="partnership_shown",
            ),
        ),
        migrations.CreateModel(
            name="FacetSheet",
            fields=[
                (
                    "partnership",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="facet_sheet",
                        serialize=False,
                        to="partnerships.partnership",
                    ),
                ),
                ("pairs", partnerships.models.fields.TextsField()),
            ],
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]

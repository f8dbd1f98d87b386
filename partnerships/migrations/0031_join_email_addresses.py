from django.db import migrations


class Migration(migrations.Migration):
    """0020 stands beside the line of files, so that the rest of them can be squashed."""

    dependencies = [
        ("partnerships", "0020_email_addresses"),
        ("partnerships", "0030_planned_import_encoding"),
    ]

    operations = []

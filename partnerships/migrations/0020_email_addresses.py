"""allauth looks people up by addresses of its own: those that accounts have already, as verified."""

from django.db import migrations


def copy(apps, schema_editor):
    user_model = apps.get_model("partnerships", "User")
    address_model = apps.get_model("account", "EmailAddress")
    for pk, email in user_model.objects.exclude(email="").order_by("pk").values_list("pk", "email"):
        address_model.objects.update_or_create(
            user_id=pk, email=email.lower(), defaults={"verified": True, "primary": True}
        )


class Migration(migrations.Migration):
    dependencies = [
        ("partnerships", "0019_session_number"),
        ("account", "0009_emailaddress_unique_primary_email"),
    ]

    operations = [migrations.RunPython(copy, migrations.RunPython.noop)]

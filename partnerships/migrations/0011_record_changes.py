from uuid import uuid4

from django.db import migrations, models
from django.utils import timezone

_INTO = """
    INSERT INTO partnerships_recordchange (record_type, record_id, public_id, slug, position,
        first_position, changed_at, why, successor)
    SELECT %s, r.id, r.public_id, r.slug, %s + row_number() OVER (ORDER BY r.id),
        %s + row_number() OVER (ORDER BY r.id), %s, '', """
INSTITUTIONS = f"""{_INTO} s.public_id FROM partnerships_institution r
    LEFT JOIN partnerships_institution s ON s.id = r.successor_id"""
PARTNERSHIPS = f"""{_INTO} CAST(NULL AS uuid) FROM partnerships_partnership r
    WHERE r.moderation = 'listed'"""


def fill(apps, schema_editor):
    """What is public now, in one statement for each type; then what was public once."""
    model = apps.get_model("partnerships", "RecordChange")
    now = timezone.now()
    at = schema_editor.connection.ops.adapt_datetimefield_value(now)
    last = 0
    for record_type, sql in (("institution", INSTITUTIONS), ("partnership", PARTNERSHIPS)):
        with schema_editor.connection.cursor() as cursor:
            cursor.execute(sql, [record_type, last, last, at])
        last = model.objects.count()
    for position, values in enumerate(_withdrawn(apps), start=last + 1):
        model.objects.create(
            record_type="partnership", position=position, first_position=position, changed_at=now,
            why="withdrawn", **values,
        )
        last = position
    if last:
        apps.get_model("partnerships", "ChangeRun").objects.create(
            position=last, mark=uuid4().hex[:16]
        )


def _withdrawn(apps):
    """Partnerships that were listed and are not: with the slug that they had in public."""
    partnerships = apps.get_model("partnerships", "Partnership").objects
    versions = apps.get_model("partnerships", "HistoricalPartnership").objects
    rows = partnerships.exclude(moderation="listed").filter(decisions__after="listed")
    for row in rows.distinct().order_by("pk"):
        public = versions.filter(id=row.pk, moderation="listed").order_by("history_id").last()
        taken_off = row.decisions.filter(before="listed").order_by("decided_at").last()
        yield {
            "record_id": row.pk,
            "public_id": row.public_id,
            "slug": public.slug if public else row.slug,
            "removed_at": taken_off.decided_at if taken_off else row.modified_at,
        }


class Migration(migrations.Migration):

    dependencies = [
        ('partnerships', '0010_facet_sheets'),
    ]

    operations = [
        migrations.CreateModel(
            name='ChangeNote',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('record_type', models.CharField(choices=[('institution', 'Institution'), ('partnership', 'Partnership')], max_length=11)),
                ('record_id', models.BigIntegerField(help_text='None stands for all.', null=True)),
            ],
        ),
        migrations.CreateModel(
            name='ChangeRun',
            fields=[
                ('position', models.BigIntegerField(primary_key=True, serialize=False)),
                ('mark', models.CharField(max_length=16)),
            ],
        ),
        migrations.CreateModel(
            name='RecordChange',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('record_type', models.CharField(choices=[('institution', 'Institution'), ('partnership', 'Partnership')], max_length=11)),
                ('record_id', models.BigIntegerField(help_text="The record's own key; it may be gone.")),
                ('public_id', models.UUIDField(verbose_name='permanent id')),
                ('slug', models.SlugField(db_index=False, help_text='Its last public one.', max_length=80)),
                ('position', models.BigIntegerField(help_text='Place in the order in which changes became public.', unique=True)),
                ('first_position', models.BigIntegerField(help_text='The same of the change that made it public, the last time that it became so.')),
                ('changed_at', models.DateTimeField()),
                ('removed_at', models.DateTimeField(blank=True, null=True)),
                ('why', models.CharField(blank=True, choices=[('withdrawn', 'No longer listed'), ('merged', 'Merged into another'), ('deleted', 'Deleted')], max_length=9)),
                ('successor', models.UUIDField(blank=True, help_text='Permanent id of the record that follows it.', null=True)),
            ],
        ),
        migrations.AddIndex(
            model_name='partnership',
            index=models.Index(fields=['moderation', 'created_at', 'id'], name='partnership_by_entry'),
        ),
        migrations.AddIndex(
            model_name='recordchange',
            index=models.Index(condition=models.Q(('removed_at__isnull', False)), fields=['slug'], name='removed_by_slug'),
        ),
        migrations.AddIndex(
            model_name='recordchange',
            index=models.Index(condition=models.Q(('removed_at__isnull', False)), fields=['public_id'], name='removed_by_id'),
        ),
        migrations.AddConstraint(
            model_name='recordchange',
            constraint=models.UniqueConstraint(fields=('record_type', 'record_id'), name='one_last_change'),
        ),
        migrations.AddConstraint(
            model_name='recordchange',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('removed_at__isnull', True), ('why', '')), models.Q(('removed_at__isnull', False), models.Q(('why', ''), _negated=True)), _connector='OR'), name='removed_record_says_why'),
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]

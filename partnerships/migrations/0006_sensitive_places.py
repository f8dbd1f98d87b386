from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('partnerships', '0005_checklist_part_history'),
    ]

    operations = [
        migrations.AlterField(
            model_name=name,
            name='is_sensitive',
            field=models.BooleanField(default=False, help_text='Being known could harm people: its places are shown no finer than the district.', verbose_name='sensitive'),
        )
        for name in ('historicalpartnership', 'partnership')
    ]

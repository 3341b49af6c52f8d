from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("fulfillment", "0005_picking_by_scan")]

    operations = [
        migrations.AddField(
            model_name="return",
            name="cause",
            field=models.CharField(
                blank=True,
                choices=[
                    ("damaged", "It arrived damaged"),
                    ("faulty", "It does not work"),
                    ("wrong", "It is not what I ordered"),
                    ("unwanted", "I do not want to keep it"),
                    ("other", "Something else"),
                ],
                db_default="",
                max_length=10,
            ),
        ),
        migrations.AddField(
            model_name="return",
            name="decided_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddConstraint(
            model_name="return",
            constraint=models.CheckConstraint(
                condition=Q(cause__in=["", "damaged", "faulty", "wrong", "unwanted", "other"]),
                name="return_cause_known",
            ),
        ),
    ]

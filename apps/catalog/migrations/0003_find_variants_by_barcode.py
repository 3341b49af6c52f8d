from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("catalog", "0002_rows_stay_in_their_organization")]

    operations = [
        migrations.AddIndex(
            model_name="variant",
            index=models.Index(
                fields=["organization", "barcode"],
                condition=~Q(barcode=""),
                name="variant_barcode",
            ),
        ),
    ]

from django.db import migrations

from apps.core.tenancy import referable


class Migration(migrations.Migration):
    dependencies = [
        ("files", "0001_initial"),
    ]

    operations = [
        referable("files_storedfile"),
    ]

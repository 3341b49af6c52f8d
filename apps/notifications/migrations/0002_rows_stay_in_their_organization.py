from django.db import migrations

from apps.core.tenancy import same_organization


class Migration(migrations.Migration):
    dependencies = [
        ("notifications", "0001_initial"),
        ("files", "0002_rows_stay_in_their_organization"),
    ]

    operations = [
        same_organization("notifications_outgoingemail", "attachment_id", "files_storedfile"),
    ]

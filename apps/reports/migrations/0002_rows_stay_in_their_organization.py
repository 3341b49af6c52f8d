from django.db import migrations

from apps.core.tenancy import same_organization


class Migration(migrations.Migration):
    dependencies = [
        ("reports", "0001_sales_and_findings"),
        ("catalog", "0002_rows_stay_in_their_organization"),
    ]

    operations = [same_organization("reports_lowstock", "variant_id", "catalog_variant")]

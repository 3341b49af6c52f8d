from django.db import migrations

from apps.core.tenancy import referable, same_organization


class Migration(migrations.Migration):
    dependencies = [
        ("invoicing", "0001_initial"),
        ("orders", "0002_rows_stay_in_their_organization"),
        ("files", "0002_rows_stay_in_their_organization"),
    ]

    operations = [
        referable("invoicing_invoice"),
        same_organization("invoicing_invoice", "order_id", "orders_order"),
        same_organization("invoicing_invoicedocument", "invoice_id", "invoicing_invoice"),
        same_organization("invoicing_invoicedocument", "file_id", "files_storedfile"),
    ]

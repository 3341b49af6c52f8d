from django.db.models import QuerySet

from apps.accounts.models import Organization
from apps.invoicing.models import InvoiceDocument


def documents(organization: Organization, number: int) -> QuerySet[InvoiceDocument]:
    """Return the PDF of the invoice of that number, if it has been drawn."""
    return InvoiceDocument.objects.filter(
        organization=organization, invoice__number=number
    ).select_related("file")

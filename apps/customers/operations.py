"""Who the organization sells to."""

from django.db import connection

from apps.accounts.models import Organization
from apps.customers.models import Customer


def customer_for(
    *, organization: Organization, email: str = "", name: str = "", external_ref: str = ""
) -> Customer | None:
    """
    Return the customer with this e-mail address (in any case) or number, made if need be.

    A name fills an empty one and overwrites none. Without address and number there is no customer.
    """
    if email:
        return _by_email(organization, email, name)
    if external_ref:
        return Customer.objects.get_or_create(
            organization=organization, external_ref=external_ref, defaults={"name": name}
        )[0]
    return None


def _by_email(organization: Organization, email: str, name: str) -> Customer:
    with connection.cursor() as cursor:
        # One statement that two orders at once of one new customer cannot trip over.
        cursor.execute(
            "INSERT INTO customers_customer AS c"
            " (organization_id, email, name, phone, company, tax_id, address, external_ref)"
            " VALUES (%s, %s, %s, '', '', '', '', '')"
            " ON CONFLICT (organization_id, lower(email)) WHERE email <> ''"
            " DO UPDATE SET name = coalesce(nullif(c.name, ''), excluded.name)"
            " RETURNING id, name, email",
            [organization.pk, email, name],
        )
        pk, name, email = cursor.fetchone()
    return Customer(pk=pk, organization=organization, name=name, email=email)

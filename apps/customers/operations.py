"""Who the organization sells to."""

from datetime import datetime
from typing import NamedTuple

from django.db import IntegrityError, connection, transaction
from django.utils.translation import gettext as _

from apps.accounts.models import Organization, User
from apps.core.errors import Refusal
from apps.customers.models import Customer
from apps.events import operations as events

# What stands where a name was.
FORGOTTEN = "—"


class EmailTaken(Refusal):
    pass


class StaleCustomer(Refusal):
    """Somebody changed the customer since whoever asks has read it."""


class KeyReused(Refusal):
    pass


class StillBusy(Refusal):
    pass


class CustomerFacts(NamedTuple):
    name: str = ""
    email: str = ""
    phone: str = ""
    company: str = ""
    tax_id: str = ""
    address: str = ""
    note: str = ""
    tags: tuple[str, ...] = ()


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


@transaction.atomic
def add_customer(
    *, organization: Organization, facts: CustomerFacts, added_by: User, idempotency_key: str = ""
) -> Customer:
    """
    Write down a customer who has not ordered yet. The same again under one key is the same one.

    Raises EmailTaken, and KeyReused when the key added somebody else.
    """
    customer = Customer(organization=organization, idempotency_key=idempotency_key)
    try:
        _write(customer, facts)
    except (EmailTaken, IntegrityError):
        former = organization.customers.filter(idempotency_key=idempotency_key).first()
        if not idempotency_key or former is None:
            raise
        return _insist_on_same(former, facts)
    events.record(customer, "customer.added", actor=added_by)
    return customer


@transaction.atomic
def set_customer(
    *, customer: Customer, facts: CustomerFacts, seen_version: int | None, set_by: User
) -> Customer:
    """
    Change what we know of a customer. Orders that were placed keep what they copied.

    Raises StaleCustomer when it is not at the version that was seen any more, EmailTaken, and
    Refusal when the customer is forgotten: nothing is written down again.
    """
    customer = Customer.objects.select_for_update(of=("self",)).get(pk=customer.pk)
    if customer.forgotten_at:
        raise Refusal(_("The customer is forgotten."))
    if seen_version not in {None, customer.version}:
        raise StaleCustomer(_("The customer was changed since you opened it."))
    customer.version += 1
    _write(customer, facts)
    events.record(customer, "customer.changed", actor=set_by)
    return customer


@transaction.atomic
def forget_customer(*, customer: Customer, now: datetime, forgotten_by: User) -> Customer:
    """
    Forget who a customer is. Orders and invoices keep the name and address that books must keep.

    Raises StillBusy while an order of theirs is open.
    """
    customer = Customer.objects.select_for_update(of=("self",)).get(pk=customer.pk)
    if customer.orders.filter(status__in=["draft", "pending", "confirmed"]).exists():
        raise StillBusy(
            _("There are open orders. Complete, cancel or discard them first, then forget.")
        )
    customer.version += 1
    customer.external_ref, customer.forgotten_at = "", now
    _write(customer, CustomerFacts(name=FORGOTTEN))
    events.record(customer, "customer.forgotten", actor=forgotten_by)
    return customer


def _insist_on_same(former: Customer, facts: CustomerFacts) -> Customer:
    known = {name: getattr(former, name) for name in CustomerFacts._fields}
    if CustomerFacts(**known | {"tags": tuple(former.tags)}) != facts:
        raise KeyReused(_("This form was sent before. Send it again if you mean it."))
    return former


def _write(customer: Customer, facts: CustomerFacts) -> None:
    for field, value in facts._asdict().items():
        setattr(customer, field, value)
    customer.tags = list(facts.tags)
    try:
        with transaction.atomic():
            customer.save()
    except IntegrityError as error:
        if "customer_email_once" not in str(error):
            raise
        raise EmailTaken(
            _("Another customer has the email address %(email)s.") % {"email": facts.email},
            field="email",
        ) from error


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

"""What makes a repeated request the same request: a key from whoever asks, and what they sent."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

from django.db import IntegrityError
from django.utils.translation import gettext as _

from apps.accounts.models import Organization
from apps.core.errors import Refusal
from apps.orders.operations import KeyReused
from apps.payments.models import Payment, PaymentAttempt


class Request(NamedTuple):
    """Who asks twice with the same key means it once. `fingerprint` tells another request."""

    key: str = ""
    fingerprint: str = ""


UNNAMED = Request()


class AlreadyAsked(Refusal):
    """The same request came before, and was done then."""

    def __init__(self, payment: Payment) -> None:
        super().__init__(_("This has been asked for already."))
        self.payment = payment


@contextmanager
def once(organization: Organization, request: Request) -> Iterator[None]:
    """
    Let a request through the first time. Stands around a transaction, not in one.

    Raises AlreadyAsked, or orders.KeyReused when its key came with another request.
    """
    _insist_on_new(organization, request)
    try:
        yield
    except (IntegrityError, Refusal):
        # Two at once: the unique keys of payments and attempts let one of them through, and the
        # other may be refused before it gets there, because of what the first one did.
        _insist_on_new(organization, request)
        raise


def _insist_on_new(organization: Organization, request: Request) -> None:
    former = _former(organization, request.key) if request.key else None
    if former is None:
        return
    if former.request_fingerprint != request.fingerprint:
        raise KeyReused(
            _("This idempotency key came with another request before."), field="Idempotency-Key"
        )
    raise AlreadyAsked(former if isinstance(former, Payment) else former.payment)


def _former(organization: Organization, key: str) -> Payment | PaymentAttempt | None:
    mine = {"organization": organization, "idempotency_key": key}
    return (
        Payment.objects.filter(**mine).first()
        or PaymentAttempt.objects.select_related("payment").filter(**mine).first()
    )

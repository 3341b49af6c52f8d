"""What providers tell us by webhook: kept first, believed only after asking them."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models.functions import Now
from django.utils.translation import gettext_noop

from apps.events import operations as events
from apps.events.models import Event
from apps.payments.models import Payment, PaymentAttempt, ProviderEvent
from apps.payments.operations.settling import settle_payment
from apps.payments.providers import Refused

# Providers repeat an event for days; what is older is of use to nobody.
KEEP = timedelta(days=90)
NOT_OURS = gettext_noop("It is about no payment of ours.")


@transaction.atomic
def receive_provider_event(
    *,
    provider: Payment.Provider,
    event_id: str,
    type: str,  # noqa: A002 - the column's name
    payload: dict[str, Any],
) -> ProviderEvent:
    """Keep what a provider sent, once, however often it comes. Its meaning is found out later."""
    received, created = ProviderEvent.objects.get_or_create(
        provider=provider, event_id=event_id, defaults={"type": type[:100], "payload": payload}
    )
    if created:
        events.record(received, "provider_event.received")
    return received


def apply_provider_event(event: Event) -> None:
    """
    Settle the payment that a webhook is about. Acts outside: what it says may be old by now.

    One about nothing we know is written down as that, and is done with.
    """
    received = ProviderEvent.objects.get(pk=event.aggregate_id)
    if received.processed_at:
        return
    ref, key = _subject(received.payload)
    payment = _payment(received.provider, ref, key)
    error = NOT_OURS if payment is None else ""
    if payment is not None:
        try:
            settle_payment(payment=payment, ref=ref)
        except Refused as refusal:
            error = str(refusal)
    ProviderEvent.objects.filter(pk=received.pk).update(processed_at=Now(), error=error[:500])


def forget_old_provider_events(now: datetime) -> int:
    """Delete what was heard KEEP ago and dealt with. Returns how many."""
    return ProviderEvent.objects.filter(processed_at__lt=now - KEEP).delete()[0]


def _subject(payload: dict[str, Any]) -> tuple[str, str]:
    """Return what the payment is called there, and the key we asked for it with."""
    data = payload.get("data")
    about = data.get("object") if isinstance(data, dict) else None
    if not isinstance(about, dict):
        return "", ""
    is_payment = about.get("object") == "payment_intent"
    ref = about.get("id") if is_payment else about.get("payment_intent")
    metadata = about.get("metadata")
    key = metadata.get("key") if is_payment and isinstance(metadata, dict) else ""
    return str(ref or ""), str(key or "")


def _payment(provider: str, ref: str, key: str) -> Payment | None:
    payments = Payment.objects.select_related("order").filter(provider=provider)
    known = payments.filter(provider_ref=ref).first() if ref else None
    if known is not None or not key:
        return known
    # It came before the answer to our own call: the attempt was committed before that.
    attempts = PaymentAttempt.objects.filter(kind=PaymentAttempt.Kind.INTENT)
    asked = attempts.filter(key=key).first() if _is_uuid(key) else None
    return payments.get(pk=asked.payment_id) if asked else None


def _is_uuid(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True

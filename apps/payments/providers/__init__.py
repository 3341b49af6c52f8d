"""Whoever moves money for us: one interface, and what each answers to it."""

from apps.payments.providers.breaker import Breaker
from apps.payments.providers.cards import (
    CardProvider,
    Forged,
    NotConfigured,
    cards,
    cards_are_on,
    signed_event,
)
from apps.payments.providers.interface import (
    Provider,
    ProviderUnavailable,
    Refused,
    Returned,
    Standing,
    State,
)
from apps.payments.providers.manual import ManualProvider

MANUAL = ManualProvider()


def provider_named(name: str) -> Provider:
    """Return the provider of a payment by the name the payment keeps."""
    return MANUAL if name == "manual" else cards()


__all__ = [
    "Breaker",
    "CardProvider",
    "Forged",
    "ManualProvider",
    "NotConfigured",
    "Provider",
    "ProviderUnavailable",
    "Refused",
    "Returned",
    "Standing",
    "State",
    "cards",
    "cards_are_on",
    "provider_named",
    "signed_event",
]

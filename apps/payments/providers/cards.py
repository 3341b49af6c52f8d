"""Cards, through Stripe's API and its own library."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

import stripe
from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from stripe.params import PaymentIntentListParamsCreated, PaymentIntentRetrieveParams

from apps.core.errors import Refusal
from apps.payments.providers.breaker import Breaker
from apps.payments.providers.interface import (
    ProviderUnavailable,
    Refused,
    Returned,
    Standing,
    State,
)

CHARGE: PaymentIntentRetrieveParams = {"expand": ["latest_charge"]}
# Seconds to connect, and to wait for an answer: a person is waiting for us.
TIMEOUT = (2.0, 6.0)
# How far its clock and ours may be apart.
AROUND = timedelta(minutes=10).total_seconds()
# ISO 4217 knows no minor unit of these any more; Stripe still counts in hundredths.
HUNDREDTHS = frozenset({"ISK", "UGX"})
STANDINGS = {
    "requires_payment_method": Standing.OPEN,
    "requires_confirmation": Standing.OPEN,
    "requires_action": Standing.ACTION,
    "processing": Standing.ACTION,
    "requires_capture": Standing.AUTHORIZED,
    "succeeded": Standing.CAPTURED,
    "canceled": Standing.VOIDED,
}
REFUNDS = {"succeeded": "succeeded", "failed": "failed", "canceled": "failed"}


class NotConfigured(Refusal):
    pass


def cards_are_on() -> bool:
    return bool(settings.STRIPE_SECRET_KEY)


def cards() -> CardProvider:
    """Return the provider of this process. Raises NotConfigured where card payments are off."""
    if not cards_are_on():
        raise NotConfigured(_("Card payments are switched off here."))
    return _provider(settings.STRIPE_SECRET_KEY, settings.STRIPE_API_BASE)


@lru_cache(maxsize=1)
def _provider(secret_key: str, api_base: str) -> CardProvider:
    return CardProvider(secret_key, api_base)


class CardProvider:
    def __init__(
        self,
        secret_key: str,
        api_base: str,
        breaker: Breaker | None = None,
        timeout: tuple[float, float] = TIMEOUT,
    ) -> None:
        self.breaker = breaker or Breaker()
        client = stripe.StripeClient(
            secret_key,
            base_addresses={"api": api_base},
            # Whoever called decides about another try; hidden ones would only make people wait.
            max_network_retries=0,
            http_client=stripe.RequestsClient(timeout=timeout),
        )
        self._api = client.v1

    def create(self, *, amount: int, currency: str, capture_later: bool, key: str) -> State:
        return self._ask(
            lambda: self._state(
                self._api.payment_intents.create(
                    {
                        "amount": _theirs(amount, currency),
                        "currency": currency.lower(),
                        "capture_method": "manual" if capture_later else "automatic",
                        "allowed_payment_method_types": ["card"],
                        "metadata": {"key": key},
                        "expand": ["latest_charge"],
                    },
                    {"idempotency_key": key},
                )
            )
        )

    def capture(self, *, ref: str, amount: int, currency: str, key: str) -> State:
        return self._ask(
            lambda: self._state(
                self._api.payment_intents.capture(
                    ref,
                    {"amount_to_capture": _theirs(amount, currency), "expand": ["latest_charge"]},
                    {"idempotency_key": key},
                )
            )
        )

    def void(self, *, ref: str, key: str) -> State:
        return self._ask(
            lambda: self._state(
                self._api.payment_intents.cancel(
                    ref, {"expand": ["latest_charge"]}, {"idempotency_key": key}
                )
            )
        )

    def refund(self, *, ref: str, amount: int, currency: str, key: str) -> Returned:
        return self._ask(
            lambda: _returned(
                self._api.refunds.create(
                    {
                        "payment_intent": ref,
                        "amount": _theirs(amount, currency),
                        "metadata": {"key": key},
                    },
                    {"idempotency_key": key},
                )
            )
        )

    def look_up(self, *, ref: str) -> State:
        return self._ask(lambda: self._state(self._api.payment_intents.retrieve(ref, CHARGE)))

    def find(self, *, key: str, created_at: datetime) -> State | None:
        between: PaymentIntentListParamsCreated = {
            "gte": int(created_at.timestamp() - AROUND),
            "lte": int(created_at.timestamp() + AROUND),
        }

        def search() -> State | None:
            found = self._api.payment_intents.list({"created": between, "limit": 100})
            for intent in found.auto_paging_iter():
                if _key(intent) == key:
                    return self._state(self._api.payment_intents.retrieve(intent.id, CHARGE))
            return None

        return self._ask(search)

    def _ask[R](self, call: Callable[[], R]) -> R:
        def ask() -> R:
            with _in_our_words():
                return call()

        return self.breaker.call(ask)

    def _state(self, intent: Any) -> State:
        charge = intent.latest_charge
        currency = intent.currency.upper()
        standing = STANDINGS[intent.status]
        if getattr(intent, "cancellation_reason", None) in {"automatic", "expired"}:
            standing = Standing.EXPIRED
        captured = _ours(intent.amount_received or 0, currency)
        held = _ours(intent.amount_capturable or 0, currency)
        failure = intent.last_payment_error
        taken = standing is Standing.CAPTURED
        return State(
            ref=intent.id,
            standing=standing,
            amount=_ours(intent.amount, currency),
            authorized=captured + held,
            captured=captured,
            charge=charge.id if charge else "",
            refunds=tuple(self._refunds(intent.id)) if taken else (),
            lost=tuple(self._lost(intent.id)) if taken and charge.disputed else (),
            client_secret=intent.client_secret or "",
            key=_key(intent),
            error=(failure.message or "") if failure else "",
        )

    def _refunds(self, ref: str) -> Iterator[Returned]:
        found = self._api.refunds.list({"payment_intent": ref, "limit": 100})
        yield from map(_returned, found.auto_paging_iter())

    def _lost(self, ref: str) -> Iterator[Returned]:
        found = self._api.disputes.list({"payment_intent": ref, "limit": 100})
        for dispute in found.auto_paging_iter():
            if dispute.status == "lost":
                amount = _ours(dispute.amount, dispute.currency.upper())
                yield Returned(ref=dispute.id, amount=amount, status="succeeded")


def _returned(refund: Any) -> Returned:
    return Returned(
        ref=refund.id,
        amount=_ours(refund.amount, refund.currency.upper()),
        status=REFUNDS.get(refund.status, "pending"),
        key=_key(refund),
        error=getattr(refund, "failure_reason", "") or "",
    )


def _key(theirs: Any) -> str:
    """Return the key we left on one of their objects; empty on those that are not ours."""
    return str(getattr(theirs.metadata, "key", ""))


def _theirs(amount: int, currency: str) -> int:
    return amount * 100 if currency in HUNDREDTHS else amount


def _ours(amount: int, currency: str) -> int:
    return amount // 100 if currency in HUNDREDTHS else amount


@contextmanager
def _in_our_words() -> Iterator[None]:
    try:
        yield
    except stripe.StripeError as error:
        # Too busy, broken, out of reach, or a wrong key: nothing is known, and nothing is lost.
        if isinstance(error, stripe.RateLimitError) or error.http_status not in {400, 402, 404}:
            raise _silence() from error
        raise Refused(error.user_message or gettext_noop("The card was refused.")) from error


def _silence() -> ProviderUnavailable:
    return ProviderUnavailable(
        _(
            "Stripe did not answer. What was asked for is being looked up, and nothing is done "
            "twice."
        )
    )


class Forged(Refusal):
    """A webhook that its provider did not sign, or signed too long ago."""

    status = 400


def _storable(sent: Any) -> Any:
    """Return what was sent without what PostgreSQL cannot store. Nothing we read contains it."""
    match sent:
        case str():
            return sent.replace("\x00", "").encode(errors="replace").decode()
        case dict():
            return {_storable(name): _storable(value) for name, value in sent.items()}
        case list():
            return [_storable(value) for value in sent]
        case float() if not math.isfinite(sent):
            return None
    return sent


def signed_event(body: bytes, signature: str) -> dict[str, Any]:
    """Return what Stripe sent to our webhook. Raises Forged unless Stripe did, and just now."""
    if not settings.STRIPE_WEBHOOK_SECRET:
        raise Forged("No webhook secret is set here, so nothing can be believed.")
    try:
        text = body.decode()
        stripe.WebhookSignature.verify_header(
            text, signature, settings.STRIPE_WEBHOOK_SECRET, stripe.Webhook.DEFAULT_TOLERANCE
        )
        event = _storable(json.loads(text))
    except (ValueError, TypeError, RecursionError, stripe.SignatureVerificationError) as error:
        # Their library compares strings, and stumbles over a signature that is not ASCII.
        raise Forged("The signature is not Stripe's, or is too old.") from error
    if not isinstance(event, dict) or not isinstance(event.get("id"), str):
        raise Forged("This is not an event.")
    return event

"""What we ask of whoever moves the money, in our own words. Amounts are minor units."""

from datetime import datetime
from enum import StrEnum
from typing import NamedTuple, Protocol

from apps.core.errors import Refusal


class Refused(Refusal):
    """The provider said no and did nothing; the message is for the person who asked."""


class ProviderUnavailable(Refusal):
    """
    The provider gave no answer: what it was asked to do is done, or it is not.

    Ask again with the same key, or look up what became of it. Never take this for a failure.
    """

    status = 503


class Standing(StrEnum):
    """How far a payment is, at the provider."""

    OPEN = "open"
    ACTION = "action"
    AUTHORIZED = "authorized"
    CAPTURED = "captured"
    VOIDED = "voided"
    # Held too long: the provider let go of it by itself.
    EXPIRED = "expired"


class Returned(NamedTuple):
    """One refund as the provider has it. `key` is the one it was asked with."""

    ref: str
    amount: int
    status: str  # pending, succeeded or failed
    key: str = ""
    error: str = ""


class State(NamedTuple):
    """A payment as the provider has it now: sums, not steps."""

    ref: str
    standing: Standing
    amount: int = 0
    # Held for us or taken by us. What was held and let go again is in neither.
    authorized: int = 0
    captured: int = 0
    # Names the movement of money, for the ledger.
    charge: str = ""
    refunds: tuple[Returned, ...] = ()
    # Disputes that were lost: the money is gone without our asking.
    lost: tuple[Returned, ...] = ()
    # Lets the payer's browser, and nobody else, complete it.
    client_secret: str = ""
    key: str = ""
    # Why the payer's last try failed, in words for the payer.
    error: str = ""


class Provider(Protocol):
    """
    Each call either did what it says, or raised Refused, or left it open: ProviderUnavailable.

    `key` makes a call repeatable: the same key never moves money twice.
    """

    def create(self, *, amount: int, currency: str, capture_later: bool, key: str) -> State: ...

    def capture(self, *, ref: str, amount: int, currency: str, key: str) -> State: ...

    def void(self, *, ref: str, key: str) -> State: ...

    def refund(self, *, ref: str, amount: int, currency: str, key: str) -> Returned: ...

    def look_up(self, *, ref: str) -> State: ...

    def find(self, *, key: str, created_at: datetime) -> State | None:
        """Return what was created with that key at about that time, if it was."""
        ...

"""
Money that people move: nobody but them can be asked.

What they wrote down as paid has happened; what is to go back waits until one of them says it did.
"""

from datetime import datetime

from apps.payments.providers.interface import Refused, Returned, Standing, State

BY_HAND = "This payment was recorded by hand; there is nobody to ask."


class ManualProvider:
    def create(self, *, amount: int, currency: str, capture_later: bool, key: str) -> State:
        return State(
            ref=key, standing=Standing.CAPTURED, amount=amount, authorized=amount, captured=amount
        )

    def capture(self, *, ref: str, amount: int, currency: str, key: str) -> State:
        raise Refused(BY_HAND)

    def void(self, *, ref: str, key: str) -> State:
        raise Refused(BY_HAND)

    def refund(self, *, ref: str, amount: int, currency: str, key: str) -> Returned:
        return Returned(ref=key, amount=amount, status="pending", key=key)

    def look_up(self, *, ref: str) -> State:
        raise Refused(BY_HAND)

    def find(self, *, key: str, created_at: datetime) -> State | None:
        return None

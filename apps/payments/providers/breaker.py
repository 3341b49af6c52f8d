"""
A circuit breaker: who does not answer is not asked again for a while.

Each process has its own. Sharing it would need Redis, which web must not depend on, and a process
learns within a few calls. Thirty lines are less to trust than one more dependency.
"""

import time
from collections.abc import Callable
from threading import Lock

from django.utils.translation import gettext as _

from apps.payments.providers.interface import ProviderUnavailable

OPENS_AFTER = 3
STAYS_OPEN = 20.0


class Breaker:
    """Counts calls in a row that got no answer, and then refuses at once instead of waiting."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = Lock()
        self._unanswered = 0
        self._opened_at = 0.0

    def call[R](self, ask: Callable[[], R]) -> R:
        """Return what `ask` returns. Only ProviderUnavailable counts: a refusal is an answer."""
        self._insist_on_closed()
        try:
            answer = ask()
        except ProviderUnavailable:
            self._note(unanswered=True)
            raise
        except Exception:
            self._note(unanswered=False)
            raise
        self._note(unanswered=False)
        return answer

    def _insist_on_closed(self) -> None:
        with self._lock:
            if self._unanswered < OPENS_AFTER:
                return
            if self._clock() - self._opened_at < STAYS_OPEN:
                raise ProviderUnavailable(
                    _("Card payments do not work at the moment. Try again in a minute.")
                )
            # This call finds out; whoever comes meanwhile is still refused.
            self._opened_at = self._clock()

    def _note(self, *, unanswered: bool) -> None:
        with self._lock:
            self._unanswered = self._unanswered + 1 if unanswered else 0
            if self._unanswered >= OPENS_AFTER:
                self._opened_at = self._clock()

"""Who does not answer is not asked again for a while."""

import pytest

from apps.payments.providers import Breaker, CardProvider, ProviderUnavailable, Refused
from tests.payments.provider import CardServer, running


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_it_opens_after_three_silences_and_then_asks_nobody() -> None:
    clock = Clock()
    with running() as (server, address):
        provider = CardProvider("sk_test", address, Breaker(clock))
        server.dead = True
        for _ in range(3):
            with pytest.raises(ProviderUnavailable, match="did not answer"):
                provider.look_up(ref="pi_1")
        asked = len(server.calls)

        with pytest.raises(ProviderUnavailable, match="Try again in a minute"):
            provider.look_up(ref="pi_1")

        assert len(server.calls) == asked == 3
        clock.now += 21
        with pytest.raises(ProviderUnavailable, match="did not answer"):
            provider.look_up(ref="pi_1")
        with pytest.raises(ProviderUnavailable, match="Try again"):
            provider.look_up(ref="pi_1")
        server.dead = False
        clock.now += 21
        created = provider.create(amount=100, currency="EUR", capture_later=False, key="k")
        assert provider.look_up(ref=created.ref).amount == 100


def test_a_refusal_is_an_answer() -> None:
    with running() as (server, address):
        provider = CardProvider("sk_test", address)
        for _ in range(5):
            with pytest.raises(Refused, match="No such payment_intent"):
                provider.look_up(ref="pi_nowhere")
        assert len(server.calls) == 5


def test_one_answer_closes_it_again(cards: CardServer) -> None:
    breaker = Breaker()

    def silent() -> None:
        raise ProviderUnavailable("Silence")

    for _ in range(4):
        for _ in range(2):
            with pytest.raises(ProviderUnavailable, match="Silence"):
                breaker.call(silent)
        assert breaker.call(lambda: 7) == 7


def test_a_provider_that_is_too_slow_is_not_waited_for() -> None:
    with running() as (server, address):
        server.slowness = 1.0
        server.break_next("slow")
        provider = CardProvider("sk_test", address, timeout=(0.2, 0.2))

        with pytest.raises(ProviderUnavailable):
            provider.create(amount=100, currency="EUR", capture_later=False, key="k")

        # It was done all the same, and asking again with the key finds it.
        again = provider.create(amount=100, currency="EUR", capture_later=False, key="k")
        assert list(server.intents) == [again.ref]


def test_a_key_with_another_request_is_refused() -> None:
    with running() as (_, address):
        provider = CardProvider("sk_test", address)
        provider.create(amount=100, currency="EUR", capture_later=False, key="k")
        with pytest.raises(Refused):
            provider.create(amount=200, currency="EUR", capture_later=False, key="k")


@pytest.mark.parametrize(("currency", "theirs"), [("ISK", 70000), ("JPY", 700), ("KWD", 700)])
def test_currencies_whose_minor_unit_differs_there(currency: str, theirs: int) -> None:
    with running() as (server, address):
        provider = CardProvider("sk_test", address)
        state = provider.create(amount=700, currency=currency, capture_later=False, key="k")
        assert (server.intents[state.ref]["amount"], state.amount) == (theirs, 700)

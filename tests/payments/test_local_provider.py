"""The provider that bin/up starts on a laptop takes cards as the real one would."""

import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from apps.payments.providers import CardProvider, Refused, Standing

ROOT = Path(__file__).parents[2]
HEARD_WITHIN = 30


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    folder = str(tmp_path_factory.mktemp("cards"))
    told = ["http://127.0.0.1:9/webhooks/stripe/", "whsec_test"]
    command = [sys.executable, str(ROOT / "bin" / "card_server.py"), str(port), folder, *told]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
        deadline = time.monotonic() + HEARD_WITHIN
        while not answers(port) and time.monotonic() < deadline:
            assert server.poll() is None
            time.sleep(0.05)
        yield f"http://127.0.0.1:{port}"
        server.terminate()


def answers(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=0.2).close()
    except OSError:
        return False
    return True


@pytest.fixture
def provider(address: str) -> CardProvider:
    return CardProvider("sk_development", address)


def pay(address: str, client_secret: str, number: str) -> Any:
    """What the script of the checkout page sends when a card was typed."""
    ref = client_secret.partition("_secret_")[0]
    card = {"number": number, "exp_month": "12", "exp_year": "2039", "cvc": "123"}
    sent = json.dumps({"key": "pk_development", "client_secret": client_secret, "card": card})
    url = f"{address}/v1/payment_intents/{ref}/_authenticate/card"
    try:
        with urlopen(Request(url, data=sent.encode())) as answer:  # noqa: S310
            return json.load(answer)
    except HTTPError as refused:
        with refused:
            return json.load(refused)


def test_a_card_pays_and_thirds_are_returned(provider: CardProvider, address: str) -> None:
    made = provider.create(amount=10000, currency="EUR", capture_later=False, key="a")
    assert made.standing is Standing.OPEN

    pay(address, made.client_secret, "4242424242424242")
    for part, key in ((3333, "r1"), (3333, "r2"), (3334, "r3")):
        provider.refund(ref=made.ref, amount=part, currency="EUR", key=key)
        # Asked again, it is not done again.
        provider.refund(ref=made.ref, amount=part, currency="EUR", key=key)

    state = provider.look_up(ref=made.ref)
    assert (state.standing, state.captured) == (Standing.CAPTURED, 10000)
    assert sorted(one.amount for one in state.refunds) == [3333, 3333, 3334]
    assert {one.key for one in state.refunds} == {"r1", "r2", "r3"}
    with pytest.raises(Refused, match="more than"):
        provider.refund(ref=made.ref, amount=1, currency="EUR", key="r4")


def test_a_part_of_held_money_is_taken(provider: CardProvider, address: str) -> None:
    made = provider.create(amount=10000, currency="EUR", capture_later=True, key="b")
    pay(address, made.client_secret, "4242424242424242")
    held = provider.look_up(ref=made.ref)

    taken = provider.capture(ref=made.ref, amount=6000, currency="EUR", key="c1")

    assert (held.standing, held.authorized, held.captured) == (Standing.AUTHORIZED, 10000, 0)
    assert (taken.standing, taken.authorized, taken.captured) == (Standing.CAPTURED, 6000, 6000)
    assert taken.refunds == ()


def test_held_money_is_let_go(provider: CardProvider, address: str) -> None:
    made = provider.create(amount=10000, currency="EUR", capture_later=True, key="d")
    pay(address, made.client_secret, "4242424242424242")

    assert provider.void(ref=made.ref, key="v1").standing is Standing.VOIDED
    with pytest.raises(Refused):
        provider.capture(ref=made.ref, amount=6000, currency="EUR", key="c2")


@pytest.mark.parametrize("number", ["4000000000000002", "4000000000000341", "4242", ""])
def test_a_card_that_is_declined_may_be_followed_by_another(
    provider: CardProvider, address: str, number: str
) -> None:
    made = provider.create(amount=100, currency="EUR", capture_later=False, key=f"e{number}")

    declined = pay(address, made.client_secret, number)

    assert declined["error"]["message"]
    assert provider.look_up(ref=made.ref).standing is Standing.OPEN
    pay(address, made.client_secret, "4242424242424242")
    assert provider.look_up(ref=made.ref).standing is Standing.CAPTURED


def test_what_was_created_is_found_by_its_key(provider: CardProvider) -> None:
    from django.utils import timezone

    made = provider.create(amount=100, currency="EUR", capture_later=False, key="f")

    found = provider.find(key="f", created_at=timezone.now())

    assert found is not None
    assert found.ref == made.ref
    assert provider.find(key="never", created_at=timezone.now()) is None


def test_the_script_takes_cards(address: str) -> None:
    with urlopen(f"{address}/js.stripe.com/dozen/v3/") as answer:  # noqa: S310
        script = answer.read().decode()

    assert "confirmCardPayment" in script
    assert "_authenticate/card" in script

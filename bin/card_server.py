"""
A card provider for a laptop: localstripe, on loopback, with what our pages and operations need.

usage: card_server.py PORT FOLDER WEBHOOK_URL WEBHOOK_SECRET

localstripe knows the API of some years ago. Filled in here: cards typed into the page, amounts held
and received, partial captures, repeatable requests, and its memory in our folder.
"""
# ruff: noqa: SLF001 - it has no other places to fill in

import pickle
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from aiohttp import web
from localstripe import resources, webhooks
from localstripe.errors import UserError

SCRIPT = "/js.stripe.com/dozen/v3/"
# What their confirmCardPayment leaves out: the card.
SCRIPT_WITH_CARDS = """
const withoutCards = Stripe;
Stripe = (key) => {
  const stripe = withoutCards(key);
  const authenticate = stripe.confirmCardPayment;
  stripe.confirmCardPayment = async (secret, data) => {
    const ref = secret.split("_secret_")[0];
    const url = `${LOCALSTRIPE_BASE_API}/v1/payment_intents/${ref}/_authenticate/card`;
    const card = data.payment_method.card.value?.card ?? {};
    const sent = JSON.stringify({ key, client_secret: secret, card });
    const answer = await fetch(url, { method: "POST", body: sent });
    const intent = await answer.json();
    if (intent.error) return { error: intent.error };
    return intent.status === "requires_action" ? authenticate(secret) : { paymentIntent: intent };
  };
  return stripe;
};
"""
Intent: Any = resources.PaymentIntent
Charge: Any = resources.Charge
Method: Any = resources.PaymentMethod
Refund: Any = resources.Refund


def tell(kind: str, about: Any) -> None:
    webhooks.schedule_webhook(resources.Event(kind, about))


class Intents:
    """Takes the place of what localstripe does with payment intents."""

    create = Intent._api_create
    cancel = Intent._api_cancel

    @staticmethod
    def created(allowed_payment_method_types: object = None, **sent: Any) -> Any:
        return Intents.create(**sent)

    @staticmethod
    def listed(url: str, created: dict[str, str] | None = None, **sent: Any) -> Any:
        found = resources.StripeObject._api_list_all.__func__(Intent, url, **sent)
        between = created or {}
        first, last = int(between.get("gte", 0)), int(between.get("lte", sys.maxsize))
        found._list = [one for one in found._list if first <= one.created <= last]
        return found

    @staticmethod
    def cancelled(id: str, **sent: Any) -> Any:  # noqa: A002 - their name
        intent = Intents.cancel(id, **sent)
        tell("payment_intent.canceled", intent)
        return intent

    @staticmethod
    def paid(id: str, client_secret: str = "", card: Any = None, **_: Any) -> Any:  # noqa: A002
        """Confirm a payment with the card that was typed into the page."""
        intent = Intent._api_retrieve(id)
        if client_secret != intent.client_secret:
            raise UserError(401, "Unauthorized")
        if intent.status not in {"requires_payment_method", "requires_confirmation"}:
            raise UserError(400, f"This payment cannot be made: it is {intent.status}.")
        try:
            method = Method(type="card", card=card)
        except UserError:
            raise UserError(402, "Your card's number, date or code is not complete.") from None
        intent.payment_method, intent.latest_charge = method.id, None
        intent._confirm(on_failure_now=intent._report_failure)
        if intent.status == "requires_capture":
            tell("payment_intent.amount_capturable_updated", intent)
        return intent

    @staticmethod
    def received(intent: Any) -> int:
        charge = intent.latest_charge
        taken = charge is not None and charge.status == "succeeded" and charge.captured
        return getattr(charge, "_taken", intent.amount) if taken else 0

    @staticmethod
    def capturable(intent: Any) -> int:
        return intent.amount if intent.status == "requires_capture" else 0


def capture(charge: Any, amount: Any, on_success: Callable[[], None] | None = None) -> None:
    taken = charge.amount if amount is None else int(amount)
    held = Intent._api_retrieve(charge.payment_intent).amount_capturable
    if not 0 < taken <= held:
        raise UserError(400, "This payment could not be captured.")
    charge._taken, charge.captured = taken, True
    if on_success:
        on_success()


def is_declined(method: Any, former: Callable[[Any], bool] = Method._charging_is_declined) -> bool:
    return former(method) or method._attaching_is_declined()


def refund(former: Callable[..., Any] = Refund._api_create, **sent: Any) -> Any:
    intent = Intent._api_retrieve(sent["payment_intent"])
    gone = sum(
        one.amount
        for name, one in resources.store.items()
        if name.startswith("refund:") and one.payment_intent == intent.id
    )
    if gone + int(sent["amount"]) > intent.amount_received:
        raise UserError(400, "The refund is more than what is left of the payment.")
    made = former(**sent)
    made.failure_reason = None
    tell("charge.refunded", made)
    return made


def remember_in(path: Path) -> None:
    """Keep what it knows in our folder, whole or not at all, and not in a place all share."""

    def dump() -> None:
        unfinished = path.with_suffix(".unfinished")
        unfinished.write_bytes(pickle.dumps(resources.store, protocol=pickle.HIGHEST_PROTOCOL))
        unfinished.rename(path)

    if path.exists():
        resources.store.update(pickle.loads(path.read_bytes()))  # noqa: S301 - we wrote it
    resources.Store.dump_to_disk = lambda _: dump()


def fill_in() -> None:
    Intent._api_create, Intent._api_list_all = Intents.created, Intents.listed
    Intent.amount_received = property(Intents.received)
    Intent.amount_capturable = property(Intents.capturable)
    Charge._capture, Charge.disputed = capture, False
    Method._charging_is_declined = is_declined
    Refund._api_create = refund
    path = "/v1/payment_intents/{id}"
    others = [one for one in resources.extra_apis if one[1] != f"{path}/cancel"]
    resources.extra_apis[:] = [
        *others,
        ("POST", f"{path}/cancel", Intents.cancelled),
        ("POST", f"{path}/_authenticate/card", Intents.paid),
    ]


@web.middleware
async def once(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    """Answer a repeated request as before."""
    key = request.headers.get("Idempotency-Key", "")
    if not key:
        return await handler(request)
    if key not in ANSWERS:
        answer = await handler(request)
        assert isinstance(answer, web.Response)  # noqa: S101 - it answers nothing else
        ANSWERS[key] = (answer.status, answer.text or "")
    status, text = ANSWERS[key]
    return web.json_response(text=text, status=status)


ANSWERS: dict[str, tuple[int, str]] = {}


def serve(port: int, folder: Path, webhook: str, secret: str) -> None:
    fill_in()
    # Its routes are made of what is there when it is imported.
    from localstripe import server

    async def script(request: web.Request) -> web.Response:
        theirs = Path(server.__file__).with_name("localstripe-v3.js").read_text(encoding="utf-8")
        text = theirs + SCRIPT_WITH_CARDS
        return web.Response(text=text, content_type="application/javascript")

    remember_in(folder / "cards.pickle")
    webhooks.register_webhook("dozen", webhook, secret, None)
    server.app.router.add_get(SCRIPT, script)
    server.app.middlewares.insert(0, once)
    web.run_app(server.app, host="127.0.0.1", port=port, print=None)


if __name__ == "__main__":
    serve(int(sys.argv[1]), Path(sys.argv[2]), sys.argv[3], sys.argv[4])

"""
A provider shaped like Stripe, with a ledger of its own: real HTTP, and our database knows nothing.

It answers what Stripe would, and can misbehave as networks and providers do: refuse, break, be too
busy, do the work and lose the answer, or be dead.
"""

import hashlib
import hmac
import itertools
import json
import re
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, urlsplit

WEBHOOK_SECRET = "whsec_test"
type Json = dict[str, Any]


class Wrong(Exception):
    def __init__(self, status: int, message: str, kind: str = "invalid_request_error") -> None:
        super().__init__(message)
        self.status = status
        self.body = {"error": {"type": kind, "message": message}}


class Fault(NamedTuple):
    """How the next call that matches ends: "lost" and "slow" do the work, the others do not."""

    how: str
    path: str


class CardServer:
    def __init__(self) -> None:
        self.intents: dict[str, Json] = {}
        self.refunds: dict[str, Json] = {}
        self.disputes: dict[str, Json] = {}
        self.events: list[Json] = []
        self.calls: list[str] = []
        self.address = ""
        self.dead = False
        self.slowness = 0.0
        self.when_called: Callable[[], None] = lambda: None
        self.faults: deque[Fault] = deque()
        self._answers: dict[str, tuple[str, int, Json]] = {}
        self._numbers = itertools.count(1)
        self._lock = Lock()

    # What the payer does in the browser.

    def pay(self, ref: str, *, declined: str = "") -> Json:
        with self._lock:
            intent = self.intents[ref]
            if intent["status"] not in {"requires_payment_method", "requires_action"}:
                raise Wrong(400, f"This PaymentIntent's status is {intent['status']}.")
            if declined:
                intent["last_payment_error"] = {"type": "card_error", "message": declined}
                return self._tell("payment_intent.payment_failed", intent)
            intent["last_payment_error"] = None
            charge = {"id": self._id("ch"), "object": "charge", "disputed": False}
            intent["latest_charge"] = charge
            if intent["capture_method"] == "manual":
                intent |= {"status": "requires_capture", "amount_capturable": intent["amount"]}
                return self._tell("payment_intent.amount_capturable_updated", intent)
            intent |= {"status": "succeeded", "amount_received": intent["amount"]}
            return self._tell("payment_intent.succeeded", intent)

    # What happens there without our asking.

    def fail_refund(self, ref: str) -> Json:
        with self._lock:
            self.refunds[ref] |= {"status": "failed", "failure_reason": "lost_or_stolen_card"}
            return self._tell("refund.failed", self.refunds[ref])

    def complete_refund(self, ref: str) -> Json:
        with self._lock:
            self.refunds[ref]["status"] = "succeeded"
            return self._tell("refund.updated", self.refunds[ref])

    def refund_by_hand(self, ref: str, amount: int) -> Json:
        with self._lock:
            refund = self._refund({"payment_intent": ref, "amount": str(amount)})
            return self._tell("charge.refunded", refund)

    def expire(self, ref: str) -> Json:
        with self._lock:
            self.intents[ref] |= {
                "status": "canceled",
                "amount_capturable": 0,
                "cancellation_reason": "automatic",
            }
            return self._tell("payment_intent.canceled", self.intents[ref])

    def lose_dispute(self, ref: str, amount: int) -> Json:
        with self._lock:
            intent = self.intents[ref]
            intent["latest_charge"]["disputed"] = True
            dispute = {
                "id": self._id("dp"),
                "object": "dispute",
                "payment_intent": ref,
                "amount": amount,
                "currency": intent["currency"],
                "status": "lost",
            }
            self.disputes[dispute["id"]] = dispute
            return self._tell("charge.dispute.closed", dispute)

    # The ledger, to be compared with ours.

    def ledger(self) -> dict[str, tuple[int, int, int]]:
        """Payment by payment: what is held or taken, what is taken, what was returned."""
        return {
            ref: (
                intent["amount_received"] + intent["amount_capturable"],
                intent["amount_received"],
                sum(one["amount"] for one in self._returned(ref)),
            )
            for ref, intent in self.intents.items()
        }

    def _returned(self, ref: str) -> list[Json]:
        refunds = [one for one in self.refunds.values() if one["status"] == "succeeded"]
        return [one for one in [*refunds, *self.disputes.values()] if one["payment_intent"] == ref]

    def break_next(self, how: str, path: str = "") -> None:
        """Let the next call with `path` in it end in "lost", "slow", "dead", or a status."""
        self.faults.append(Fault(how, path))

    # HTTP.

    def answer(self, method: str, url: str, key: str, body: str) -> tuple[int, Json] | None:
        """Return status and body, or None: the connection ends without a word."""
        path = urlsplit(url).path
        fault = self._fault(path)
        self.when_called()
        with self._lock:
            self.calls.append(f"{method} {path}")
            if self.dead or fault == "dead":
                return None
            if fault.isdecimal():
                return int(fault), Wrong(int(fault), "Broken", "api_error").body
            status, answer = self._once(method, path, key, body or urlsplit(url).query)
        if fault == "slow":
            time.sleep(self.slowness)
        return None if fault == "lost" else (status, answer)

    def _fault(self, path: str) -> str:
        if self.faults and self.faults[0].path in path:
            return self.faults.popleft().how
        return ""

    def _once(self, method: str, path: str, key: str, sent: str) -> tuple[int, Json]:
        if method == "GET" or not key:
            return self._do(method, path, sent)
        if key in self._answers:
            request, status, answer = self._answers[key]
            if request != f"{path} {sent}":
                return 400, Wrong(400, "Another request had this key.", "idempotency_error").body
            return status, answer
        status, answer = self._do(method, path, sent)
        # As it was then, whatever becomes of it.
        answer = json.loads(json.dumps(answer))
        self._answers[key] = (f"{path} {sent}", status, answer)
        return status, answer

    def _do(self, method: str, path: str, sent: str) -> tuple[int, Json]:
        for verb, pattern, act in self._routes():
            if verb == method and (match := re.fullmatch(pattern, path)):
                try:
                    return 200, act(*match.groups(), tree(sent))
                except Wrong as wrong:
                    return wrong.status, wrong.body
        return 404, Wrong(404, f"Unrecognized request URL ({method}: {path}).").body

    def _routes(self) -> list[tuple[str, str, Callable[..., Json]]]:
        return [
            ("POST", "/v1/payment_intents", self._create),
            ("GET", "/v1/payment_intents", lambda sent: page(self._created(sent))),
            ("GET", r"/v1/payment_intents/(\w+)", lambda ref, sent: self._intent(ref)),
            ("POST", r"/v1/payment_intents/(\w+)/capture", self._capture),
            ("POST", r"/v1/payment_intents/(\w+)/cancel", self._cancel),
            ("POST", "/v1/refunds", self._refund),
            ("GET", "/v1/refunds", lambda sent: page(about(self.refunds, sent))),
            ("GET", "/v1/disputes", lambda sent: page(about(self.disputes, sent))),
        ]

    def _create(self, sent: Json) -> Json:
        if "payment_method_types" in sent:
            raise Wrong(400, "payment_method_types is no longer supported.")
        ref = self._id("pi")
        self.intents[ref] = {
            "id": ref,
            "object": "payment_intent",
            "status": "requires_payment_method",
            "amount": int(sent["amount"]),
            "amount_received": 0,
            "amount_capturable": 0,
            "currency": sent["currency"],
            "capture_method": sent["capture_method"],
            "client_secret": f"{ref}_secret_x",
            "latest_charge": None,
            "last_payment_error": None,
            "metadata": sent.get("metadata", {}),
            "created": int(time.time()),
        }
        return self.intents[ref]

    def _intent(self, ref: str) -> Json:
        if ref not in self.intents:
            raise Wrong(404, f"No such payment_intent: '{ref}'")
        return self.intents[ref]

    def _created(self, sent: Json) -> list[Json]:
        between = sent["created"]
        return [
            one
            for one in self.intents.values()
            if int(between["gte"]) <= int(one["created"]) <= int(between["lte"])
        ]

    def _capture(self, ref: str, sent: Json) -> Json:
        intent = self._intent(ref)
        amount = int(sent["amount_to_capture"])
        if intent["status"] != "requires_capture":
            raise Wrong(400, f"This PaymentIntent could not be captured: {intent['status']}.")
        if amount > intent["amount_capturable"]:
            raise Wrong(400, "The amount is more than can be captured.")
        intent |= {"status": "succeeded", "amount_received": amount, "amount_capturable": 0}
        self._tell("payment_intent.succeeded", intent)
        return intent

    def _cancel(self, ref: str, sent: Json) -> Json:
        intent = self._intent(ref)
        if intent["status"] in {"succeeded", "canceled"}:
            raise Wrong(400, f"You cannot cancel this PaymentIntent: it is {intent['status']}.")
        intent |= {"status": "canceled", "amount_capturable": 0}
        self._tell("payment_intent.canceled", intent)
        return intent

    def _refund(self, sent: Json) -> Json:
        intent, amount = self._intent(sent["payment_intent"]), int(sent["amount"])
        gone = sum(
            one["amount"]
            for one in self.refunds.values()
            if one["payment_intent"] == intent["id"] and one["status"] != "failed"
        )
        if gone + amount > intent["amount_received"]:
            raise Wrong(400, "Refund amount is greater than unrefunded amount on charge.")
        refund = {
            "id": self._id("re"),
            "object": "refund",
            "payment_intent": intent["id"],
            "amount": amount,
            "currency": intent["currency"],
            "status": self.refunds_are,
            "metadata": sent.get("metadata", {}),
            "failure_reason": None,
        }
        self.refunds[refund["id"]] = refund
        return refund

    # Some banks take their time: "pending".
    refunds_are = "succeeded"

    def _tell(self, kind: str, about_what: Json) -> Json:
        event = {
            "id": self._id("evt"),
            "object": "event",
            "type": kind,
            "created": int(time.time()),
            "data": {"object": json.loads(json.dumps(about_what))},
        }
        self.events.append(event)
        return event

    def _id(self, prefix: str) -> str:
        return f"{prefix}_{next(self._numbers):06}"


def about(rows: dict[str, Json], sent: Json) -> list[Json]:
    return [one for one in rows.values() if one["payment_intent"] == sent["payment_intent"]]


def page(rows: list[Json]) -> Json:
    return {"object": "list", "data": rows, "has_more": False, "url": "/v1/somewhere"}


def tree(sent: str) -> Json:
    """Return a[b]=c&d[0]=e as nested dictionaries."""
    found: Json = {}
    for name, value in parse_qsl(sent):
        *parents, last = name.replace("]", "").split("[")
        place = found
        for parent in parents:
            place = place.setdefault(parent, {})
        place[last] = value
    return found


def signed(event: Json, *, secret: str = WEBHOOK_SECRET, at: float | None = None) -> Json:
    """Return body and headers of a webhook, as arguments of Django's client."""
    body = json.dumps(event)
    moment = int(time.time() if at is None else at)
    mac = hmac.new(secret.encode(), f"{moment}.{body}".encode(), hashlib.sha256).hexdigest()
    return {
        "data": body,
        "content_type": "application/json",
        "headers": {"Stripe-Signature": f"t={moment},v1={mac}"},
    }


@contextmanager
def running() -> Iterator[tuple[CardServer, str]]:
    """Run one until the end of the block; yield it and its address."""
    server = CardServer()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self._answer("GET")

        def do_POST(self) -> None:
            self._answer("POST")

        def _answer(self, method: str) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
            key = self.headers.get("Idempotency-Key", "")
            answer = server.answer(method, self.path, key, body)
            self.close_connection = True
            if answer is None:
                return
            status, document = answer
            content = json.dumps(document).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.send_header("Connection", "close")
            self.end_headers()
            # Whoever asked may not have waited.
            with suppress(BrokenPipeError):
                self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as http:
        Thread(target=http.serve_forever, args=[0.02], daemon=True).start()
        yield server, f"http://127.0.0.1:{http.server_port}"
        http.shutdown()

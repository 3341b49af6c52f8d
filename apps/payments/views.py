import hashlib
from contextlib import suppress
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.csp import csp_override
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe

from apps.accounts.access import MemberRequest, member_required, writer_required
from apps.core.errors import Refusal
from apps.core.languages import figures
from apps.core.money import display
from apps.core.views import unlisted
from apps.orders.models import Order
from apps.orders.views import answer, seen
from apps.payments import operations, queries
from apps.payments.forms import CaptureForm, PaymentForm, RecordForm, RefundForm
from apps.payments.models import Payment
from apps.payments.providers import Forged, ProviderUnavailable, signed_event


@require_POST
@member_required
@writer_required
def mark_as_paid(request: MemberRequest, number: int) -> HttpResponse:
    order = seen(request, number)
    form = PaymentForm(request.POST)

    def mark() -> str:
        operations.mark_as_paid(
            order=order,
            method=Payment.Method(form.cleaned_data["method"]),
            reference=form.cleaned_data["reference"],
            marked_by=request.user,
        )
        return _("%(order)s is paid.") % {"order": order}

    return answer(request, number, mark, form, payment_form=form)


@require_POST
@member_required
@writer_required
def record_payment(request: MemberRequest, number: int) -> HttpResponse:
    order = seen(request, number)
    form = RecordForm(request.POST, currency=order.currency)

    def record() -> str:
        with suppress(operations.AlreadyAsked):  # The same form, sent twice.
            operations.record_payment(
                order=order,
                amount=form.minor,
                method=Payment.Method(form.cleaned_data["method"]),
                reference=form.cleaned_data["reference"],
                recorded_by=request.user,
                request=_request(request),
            )
        return _("%(amount)s are recorded.") % {"amount": _shown(order, form)}

    return answer(request, number, record, form, record_form=form)


@require_POST
@member_required
@writer_required
def capture_payment(request: MemberRequest, number: int, payment: int) -> HttpResponse:
    order = get_object_or_404(request.organization.orders, number=number)
    held = get_object_or_404(order.payments, pk=payment)
    form = CaptureForm(request.POST, payment=held.pk, currency=order.currency)

    def capture() -> str:
        with suppress(operations.AlreadyAsked):
            operations.capture_payment(
                payment=held,
                amount=form.minor,
                requested_by=request.user,
                request=_request(request),
            )
        return _("%(amount)s are taken.") % {"amount": _shown(order, form)}

    return answer(request, number, capture, form, capture_form=form, capture_of=held.pk)


@require_POST
@member_required
@writer_required
def void_payment(request: MemberRequest, number: int, payment: int) -> HttpResponse:
    order = get_object_or_404(request.organization.orders, number=number)
    held = get_object_or_404(order.payments, pk=payment)

    def void() -> str:
        operations.void_payment(payment=held, requested_by=request.user)
        return _("The payment is withdrawn.")

    return answer(request, number, void)


@require_POST
@member_required
@writer_required
def refund_order(request: MemberRequest, number: int) -> HttpResponse:
    order = seen(request, number)
    form = RefundForm(request.POST, currency=order.currency)

    def refund() -> str:
        with suppress(operations.AlreadyAsked):
            operations.request_refund(
                order=order,
                amount=form.minor,
                reason=form.cleaned_data["reason"],
                requested_by=request.user,
                handed_over=form.cleaned_data["handed_over"],
                request=_request(request),
            )
        return _("%(amount)s go back to the customer.") % {"amount": _shown(order, form)}

    return answer(request, number, refund, form, refund_form=form)


@require_POST
@member_required
@writer_required
def mark_as_refunded(request: MemberRequest, number: int, refund: int) -> HttpResponse:
    order = get_object_or_404(request.organization.orders, number=number)
    attempt = get_object_or_404(queries.refunds_of(order), pk=refund)

    def mark() -> str:
        operations.mark_as_refunded(attempt=attempt, marked_by=request.user)
        amount = display(attempt.amount, order.currency, figures(order.organization.locale))
        return _("%(amount)s were handed over.") % {"amount": amount}

    return answer(request, number, mark)


def _request(request: HttpRequest) -> operations.Request:
    """Name a form by the key it was made with: sent twice, it moves money once."""
    key = request.POST.get("key", "").replace("\x00", "")[:64]
    typed = sorted((name, value) for name, value in request.POST.items() if name[:4] != "csrf")
    fingerprint = hashlib.sha256(repr([request.path, typed]).encode()).hexdigest()
    return operations.Request(f"form-{key}", fingerprint) if key else operations.UNNAMED


def _shown(order: Order, form: Any) -> str:
    return display(form.minor, order.currency, figures(order.organization.locale))


# Where the customer pays. Nobody is signed in there: the link is the permission.


@unlisted
@require_safe
@csp_override(settings.CHECKOUT_CSP)
def checkout(request: HttpRequest, token: str) -> HttpResponse:
    return _checkout_page(request, token, _checkout(token))


@unlisted
@require_POST
def begin_checkout(request: HttpRequest, token: str) -> HttpResponse:
    """Open the payment that the browser completes with the provider, and nobody else."""
    about = _checkout(token)
    try:
        started = operations.start_card_payment(
            order=about.order, capture_method=about.capture_method
        )
    except Refusal as refusal:
        return JsonResponse({"error": str(refusal)}, status=refusal.status)
    return JsonResponse({"client_secret": started.client_secret})


@unlisted
@require_safe
@csp_override(settings.CHECKOUT_CSP)
def finish_checkout(request: HttpRequest, token: str) -> HttpResponse:
    """Where the browser comes back to: find out what became of the payment, and say it."""
    about = _checkout(token)
    asking = False
    for payment in queries.open_payments(about.order):
        try:
            operations.settle_payment(payment=payment)
        except ProviderUnavailable:
            asking = True
        except Refusal:
            continue
    about.order.refresh_from_db()
    return _checkout_page(request, token, about, returned=True, asking=asking)


def _checkout(token: str) -> queries.Checkout:
    about = queries.checkout_behind(token)
    if about is None:
        raise Http404
    return about


def _checkout_page(
    request: HttpRequest, token: str, about: queries.Checkout, **more: bool
) -> HttpResponse:
    # Money and moments are written as people of the shop do.
    request.organization = about.order.organization  # type: ignore[attr-defined]
    waiting = queries.open_payments(about.order).order_by("-pk").first()
    lines = [line for line in about.order.lines.order_by("position") if line.wanted]
    page = {
        "order": about.order,
        "lines": lines,
        "discount": sum(line.discount for line in lines),
        "adjustments": about.order.adjustments.order_by("position"),
        "state": queries.checkout_state(about.order),
        "owed": about.order.balance - about.order.authorized,
        "waiting": waiting,
        "token": token,
        "later": about.capture_method == Payment.CaptureMethod.MANUAL,
        "script": settings.STRIPE_JS_URL,
        "publishable_key": settings.STRIPE_PUBLISHABLE_KEY,
        **more,
    }
    return render(request, "payments/checkout.html", page)


# What providers tell us.


@csrf_exempt
@require_POST
def hear_stripe(request: HttpRequest) -> HttpResponse:
    """Keep what Stripe sends, and say so at once: what it means is found out afterwards."""
    try:
        event = signed_event(request.body, request.headers.get("Stripe-Signature", ""))
    except Forged as forged:
        return HttpResponse(str(forged), status=forged.status, content_type="text/plain")
    operations.receive_provider_event(
        provider=Payment.Provider.STRIPE,
        event_id=event["id"][:255],
        type=str(event.get("type", "")),
        payload=event,
    )
    return HttpResponse("Thank you.", content_type="text/plain")

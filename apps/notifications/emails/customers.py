"""What the customer of an order hears of it."""

from datetime import date, datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from babel.core import Locale
from babel.dates import format_date, format_skeleton
from django.utils.translation import gettext as _

from apps.core.languages import figures
from apps.core.money import display
from apps.fulfillment.models import Return
from apps.notifications.emails.letters import Letter, Link, Row
from apps.orders.models import Adjustment, Order, OrderLine


class About(NamedTuple):
    """An order as its letters tell of it; `link` leads to its page."""

    order: Order
    lines: list[OrderLine]
    link: str

    @property
    def names(self) -> dict[str, object]:
        return {"number": self.order.number, "shop": self.order.organization.name}

    @property
    def rows(self) -> list[Row]:
        return [Row(f"{one.quantity} × {one.name}", self.money(one.listed)) for one in self.lines]

    @property
    def page(self) -> Link:
        return Link(_("See your order"), self.link)

    @property
    def transfer(self) -> list[str]:
        """Where money can be sent by hand, if the shop says it."""
        bank = self.order.organization.bank_details
        told = {"bank": bank, "number": self.order.number}
        return [_("Bank transfer:\n%(bank)s\nReference: Order %(number)s") % told] if bank else []

    def money(self, amount: int) -> str:
        return display(amount, self.order.currency, self._locale)

    def moment(self, moment: datetime) -> str:
        there = moment.astimezone(ZoneInfo(self.order.organization.timezone))
        clock = format_skeleton("Hm", there, locale=self._locale)
        return f"{self.day(there.date())}, {clock}"

    def day(self, day: date) -> str:
        return str(format_date(day, "long", locale=self._locale))

    @property
    def _locale(self) -> Locale:
        return figures(self.order.organization.locale)


def placed(about: About, adjustments: list[Adjustment], pay_link: str) -> Letter:
    order = about.order
    total = Row(_("Total"), about.money(order.total), is_total=True)
    discount = sum(line.discount for line in about.lines)
    rows = list(about.rows)
    if discount:
        rows.append(Row(_("Discount"), about.money(-discount)))
    rows += [Row(one.label, about.money(one.amount)) for one in adjustments if one.is_charge]
    postscript = about.transfer if order.balance > 0 else []
    if order.expires_at:
        postscript.append(
            _("We keep it for you until %(moment)s. Please pay by then.")
            % {"moment": about.moment(order.expires_at)}
        )
    return Letter(
        subject=_("Your order %(number)s at %(shop)s") % about.names,
        preheader=_("Thank you. It comes to %(total)s.") % {"total": total.amount},
        name=order.customer_name,
        paragraphs=[_("thank you for your order. This is what we reserved for you:")],
        rows=[*rows, total],
        action=Link(_("Pay by card"), pay_link) if pay_link else about.page,
        links=[about.page] if pay_link else [],
        postscript=postscript,
    )


def cancelled(about: About) -> Letter:
    order = about.order
    paragraphs = [
        _("your order %(number)s over %(total)s was cancelled.")
        % {"number": order.number, "total": about.money(order.total)}
    ]
    if order.closed_reason:
        paragraphs.append(_("The reason: %(reason)s") % {"reason": order.closed_reason})
    if order.captured:
        paragraphs.append(_("What you have paid goes back to you."))
    return Letter(
        subject=_("Your order %(number)s at %(shop)s was cancelled") % about.names,
        preheader=paragraphs[-1],
        name=order.customer_name,
        paragraphs=paragraphs,
        action=about.page,
    )


def expired(about: About) -> Letter:
    told = {"number": about.order.number, "total": about.money(about.order.total)}
    return Letter(
        subject=_("Your order %(number)s at %(shop)s has expired") % about.names,
        preheader=_("Nothing is owed."),
        name=about.order.customer_name,
        paragraphs=[
            _(
                "we did not receive a payment for your order %(number)s over %(total)s in time, "
                "so it has expired and nothing is owed. You are welcome to order again."
            )
            % told
        ],
        action=about.page,
    )


class Sent(NamedTuple):
    """What left in a parcel, "2 × Teapot" each, and where it can be looked for."""

    contents: list[str]
    carrier: str = ""
    tracking_number: str = ""
    tracking_url: str = ""


def shipped(about: About, sent: Sent) -> Letter:
    paragraphs = [_("we have shipped this of your order %(number)s:") % about.names]
    postscript = []
    if sent.tracking_number:
        told = {"carrier": sent.carrier, "number": sent.tracking_number}
        postscript.append((_("%(carrier)s tracking number: %(number)s") % told).strip())
    where = Link(_("Where it is"), sent.tracking_url) if sent.tracking_url else None
    return Letter(
        subject=_("Your order %(number)s at %(shop)s is on its way") % about.names,
        preheader=", ".join(sent.contents),
        name=about.order.customer_name,
        paragraphs=paragraphs,
        rows=[Row(one) for one in sent.contents],
        action=where or about.page,
        links=[about.page] if where else [],
        postscript=postscript,
    )


def invoiced(about: About, label: str) -> Letter:
    told = about.names | {"invoice": label, "total": about.money(about.order.total)}
    return Letter(
        subject=_("Invoice %(invoice)s for your order %(number)s at %(shop)s") % told,
        preheader=_("It is over %(total)s.") % told,
        name=about.order.customer_name,
        paragraphs=[_("the invoice for your order %(number)s over %(total)s is attached.") % told],
        action=about.page,
    )


def credited(about: About, label: str, amount: int) -> Letter:
    told = about.names | {"note": label, "amount": about.money(amount)}
    return Letter(
        subject=_("Credit note %(note)s for your order %(number)s at %(shop)s") % told,
        preheader=_("It is over %(amount)s.") % told,
        name=about.order.customer_name,
        paragraphs=[
            _("the credit note over %(amount)s for your order %(number)s is attached.") % told
        ],
        action=about.page,
    )


class Overdue(NamedTuple):
    invoice: str
    due_on: date
    owed: int
    is_last: bool


def overdue(about: About, what: Overdue, pay_link: str) -> Letter:
    told = about.names | {
        "invoice": what.invoice,
        "day": about.day(what.due_on),
        "owed": about.money(what.owed),
    }
    subject = (
        _("Last reminder: invoice %(invoice)s of %(shop)s is not paid yet")
        if what.is_last
        else _("Reminder: invoice %(invoice)s of %(shop)s is not paid yet")
    )
    return Letter(
        subject=subject % told,
        preheader=_("%(owed)s are still open.") % told,
        name=about.order.customer_name,
        paragraphs=[
            _("the invoice %(invoice)s for your order %(number)s was due on %(day)s.") % told,
            _("Of it, %(owed)s are still open. Please pay them now.") % told,
        ],
        action=Link(_("Pay by card"), pay_link) if pay_link else about.page,
        links=[about.page] if pay_link else [],
        postscript=[*about.transfer, _("If you have paid in the meantime, forget this message.")],
    )


def return_arrived(about: About, rma: Return, contents: list[str]) -> Letter:
    told = about.names | {"return": rma.number}
    return Letter(
        subject=_("Your return %(return)s at %(shop)s has arrived") % told,
        preheader=", ".join(contents),
        name=about.order.customer_name,
        paragraphs=[
            _("this of your order %(number)s has come back to us:") % told,
        ],
        rows=[Row(one) for one in contents],
        action=about.page,
        postscript=[_("We are checking it. The page of your order says what becomes of it.")],
    )


def return_answered(about: About, rma: Return, contents: list[str]) -> Letter:
    told = about.names | {"return": rma.number}
    if rma.status == Return.Status.DECLINED:
        paragraphs = [_("we cannot take back what you asked to return of order %(number)s.") % told]
        subject = _("Your return %(return)s at %(shop)s") % told
        postscript = [rma.answer] if rma.answer else []
    else:
        paragraphs = [_("you may send this of your order %(number)s back to us:") % told]
        subject = _("Your return %(return)s at %(shop)s may come") % told
        postscript = [_("Please write “Return %(return)s” on the parcel.") % told]
    return Letter(
        subject=subject,
        preheader=", ".join(contents),
        name=about.order.customer_name,
        paragraphs=[*paragraphs],
        rows=[Row(one) for one in contents],
        action=about.page,
        postscript=postscript,
    )

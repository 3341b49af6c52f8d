"""What a person hears of their account."""

from collections.abc import Callable, Mapping
from typing import Any

from django.utils.translation import gettext as _

from apps.notifications.emails.letters import Letter, Link

Facts = Mapping[str, Any]


def account_letter(name: str, facts: Facts) -> Letter | None:
    """Return the letter that allauth calls `name`, or nothing: it has words of its own then."""
    letter = LETTERS.get(name)
    return letter(facts) if letter else None


def confirm_address(facts: Facts) -> Letter:
    return Letter(
        subject=_("Please confirm your email address"),
        preheader=_("One press, and we know that it is yours."),
        paragraphs=[_("please confirm that this is your email address.")],
        action=Link(_("Confirm my address"), facts["activate_url"]),
        postscript=[_("If you did not open an account at Dozen, forget this message.")],
    )


def reset_password(facts: Facts) -> Letter:
    return Letter(
        subject=_("Choose a new password"),
        preheader=_("Somebody, probably you, asked for a new password."),
        paragraphs=[_("somebody, probably you, asked for a new password for your account.")],
        action=Link(_("Choose a new password"), facts["password_reset_url"]),
        postscript=[_("If it was not you, forget this message: nothing has changed.")],
    )


def no_such_account(facts: Facts) -> Letter:
    return Letter(
        subject=_("There is no account of this address"),
        preheader=_("Somebody, probably you, asked for a new password."),
        paragraphs=[
            _("somebody, probably you, asked for a new password, but this address has no account.")
        ],
        action=Link(_("Open an account"), facts["signup_url"]),
        postscript=[_("If it was not you, forget this message.")],
    )


def account_exists(facts: Facts) -> Letter:
    return Letter(
        subject=_("You have an account already"),
        preheader=_("Somebody, probably you, tried to open another one."),
        paragraphs=[
            _("somebody, probably you, tried to open an account with this address. You have one.")
        ],
        action=Link(_("Choose a new password"), facts["password_reset_url"]),
        postscript=[_("If it was not you, forget this message: nothing has changed.")],
    )


LETTERS: dict[str, Callable[[Facts], Letter]] = {
    "account_already_exists": account_exists,
    "email_confirmation": confirm_address,
    "email_confirmation_signup": confirm_address,
    "password_reset_key": reset_password,
    "unknown_account": no_such_account,
}

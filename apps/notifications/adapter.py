"""allauth's mail takes the same road as ours: a slow mail server must not slow a sign-up."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter

from apps.notifications.emails import Letter, account_letter, written
from apps.notifications.operations import queue_email


class AccountAdapter(DefaultAccountAdapter):
    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        name = template_prefix.rpartition("/")[2]
        letter = account_letter(name, context) or self._in_its_own_words(
            template_prefix, email, context
        )
        queue_email(
            organization=None,
            event=None,
            template=name,
            recipient=email,
            **written(letter, None)._asdict(),
        )

    def _in_its_own_words(
        self, template_prefix: str, email: str, context: dict[str, Any]
    ) -> Letter:
        message = self.render_mail(template_prefix, email, context)
        paragraphs = [one.strip() for one in str(message.body).split("\n\n") if one.strip()]
        return Letter(str(message.subject), paragraphs[0], paragraphs)

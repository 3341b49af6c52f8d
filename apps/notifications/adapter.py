"""allauth's mail takes the same road as ours: a slow mail server must not slow a sign-up."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter

from apps.notifications.operations import queue_email


class AccountAdapter(DefaultAccountAdapter):
    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        message = self.render_mail(template_prefix, email, context)
        queue_email(
            organization=None,
            event=None,
            template=template_prefix.rpartition("/")[2],
            recipient=email,
            subject=str(message.subject),
            body=str(message.body),
        )

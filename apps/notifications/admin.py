from django.contrib import admin

from apps.core.admin import Window
from apps.notifications.models import OutgoingEmail


@admin.register(OutgoingEmail)
class OutgoingEmailWindow(Window):
    list_display = ("template", "recipient", "subject", "created_at", "sent_at")
    search_fields = ("recipient", "subject")

from django.contrib import admin

from apps.core.admin import Window
from apps.team.models import Invitation


@admin.register(Invitation)
class InvitationWindow(Window):
    list_display = ("organization", "email", "role", "created_at", "accepted_at", "revoked_at")
    search_fields = ("email", "organization__slug")
    list_select_related = ("organization",)

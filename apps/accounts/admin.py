from django.contrib import admin

from apps.accounts.models import ApiKey, Membership, Organization, User
from apps.core.admin import Window


@admin.register(User)
class UserWindow(Window):
    list_display = ("email", "name", "is_active", "is_staff", "date_joined")
    search_fields = ("email", "name")


@admin.register(Organization)
class OrganizationWindow(Window):
    list_display = ("name", "slug", "currency", "timezone", "created_at")
    search_fields = ("name", "slug")


@admin.register(Membership)
class MembershipWindow(Window):
    list_display = ("organization", "user", "role")
    search_fields = ("user__email", "organization__slug")
    list_select_related = ("organization", "user")


@admin.register(ApiKey)
class ApiKeyWindow(Window):
    list_display = ("organization", "name", "prefix", "last_used_at", "revoked_at")
    search_fields = ("name", "prefix")
    list_select_related = ("organization",)

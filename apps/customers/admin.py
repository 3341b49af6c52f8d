from django.contrib import admin

from apps.core.admin import Window
from apps.customers.models import Customer


@admin.register(Customer)
class CustomerWindow(Window):
    list_display = ("organization", "name", "email")
    search_fields = ("name", "email")
    list_select_related = ("organization",)

from django.contrib import admin

from apps.catalog.models import Product, TaxClass, Variant
from apps.core.admin import Window


@admin.register(Product)
class ProductWindow(Window):
    list_display = ("organization", "name", "handle", "status")
    search_fields = ("name", "handle")
    list_select_related = ("organization",)


@admin.register(Variant)
class VariantWindow(Window):
    list_display = ("organization", "sku", "product", "price")
    search_fields = ("sku",)
    list_select_related = ("organization", "product")


@admin.register(TaxClass)
class TaxClassWindow(Window):
    list_display = ("organization", "name", "rate")
    list_select_related = ("organization",)

from django.urls import path

from apps.inventory import views

app_name = "inventory"

urlpatterns = [
    path("stock/", views.list_stock, name="list"),
    path("stock/movements/", views.list_movements, name="movements"),
    path("stock/receipts/", views.receive_stock, name="receive"),
    path("stock/<int:level>/", views.adjust_stock, name="level"),
]

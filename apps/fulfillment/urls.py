from django.urls import path

from apps.fulfillment import views

app_name = "fulfillment"

urlpatterns = [
    path("orders/<int:number>/shipment/", views.ship_order, name="ship"),
]

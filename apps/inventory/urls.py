from django.urls import path

from apps.inventory import views

app_name = "inventory"

urlpatterns = [
    path("stock/", views.list_stock, name="list"),
    path("stock/movements/", views.list_movements, name="movements"),
    path("stock/receipts/", views.receive_stock, name="receive"),
    path("stock/transfers/", views.transfer_stock, name="transfer"),
    path("stock/locations/", views.list_locations, name="locations"),
    path("stock/locations/<int:location>/", views.show_location, name="location"),
    path("stock/locations/<int:location>/closure/", views.close_location, name="closure"),
    path("stock/locations/<int:location>/opening/", views.reopen_location, name="opening"),
    path("stock/<int:level>/", views.adjust_stock, name="level"),
]

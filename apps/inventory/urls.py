from django.urls import path

from apps.inventory.views import levels, moving, places

app_name = "inventory"

urlpatterns = [
    path("stock/", levels.list_stock, name="list"),
    path("stock/movements/", levels.list_movements, name="movements"),
    path("stock/receipts/", moving.receive_stock, name="receive"),
    path("stock/transfers/", moving.transfer_stock, name="transfer"),
    path("stock/locations/", places.list_locations, name="locations"),
    path("stock/locations/<int:location>/", places.show_location, name="location"),
    path("stock/locations/<int:location>/closure/", places.close_location, name="closure"),
    path("stock/locations/<int:location>/opening/", places.reopen_location, name="opening"),
    path("stock/<int:level>/", levels.adjust_stock, name="level"),
]

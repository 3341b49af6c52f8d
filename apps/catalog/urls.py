from django.urls import path

from apps.catalog import views

app_name = "catalog"

urlpatterns = [
    path("products/", views.list_products, name="list"),
    path("products/new/", views.new_product, name="new"),
    path("products/<slug:handle>/", views.show_product, name="product"),
    path("products/<slug:handle>/image/", views.start_image, name="image"),
    path("products/<slug:handle>/image/<int:file>/", views.finish_image, name="image-file"),
    path("products/<slug:handle>/image/removal/", views.remove_image, name="image-removal"),
    path("tax-classes/", views.list_tax_classes, name="tax-classes"),
]

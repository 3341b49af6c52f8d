from django.urls import path

from apps.catalog.views import editing, images, listing, taxes

app_name = "catalog"

urlpatterns = [
    path("products/", listing.list_products, name="list"),
    path("products/new/", editing.new_product, name="new"),
    path("products/statuses/", listing.set_statuses, name="statuses"),
    path("products/<slug:handle>/", editing.show_product, name="product"),
    path("products/<slug:handle>/image/", images.start_image, name="image"),
    path("products/<slug:handle>/image/<int:file>/", images.finish_image, name="image-file"),
    path("products/<slug:handle>/image/removal/", images.remove_image, name="image-removal"),
    path("tax-classes/", taxes.list_tax_classes, name="tax-classes"),
    path("tax-classes/<int:tax_class>/", taxes.edit_tax_class, name="tax-class"),
]

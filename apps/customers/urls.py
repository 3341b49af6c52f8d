from django.urls import path

from apps.customers import views

app_name = "customers"

urlpatterns = [
    path("customers/", views.list_customers, name="list"),
    path("customers/new/", views.new_customer, name="new"),
    path("customers/<int:customer>/", views.show_customer, name="customer"),
    path("customers/<int:customer>/change/", views.edit_customer, name="edit"),
    path("customers/<int:customer>/oblivion/", views.forget_customer, name="forget"),
]

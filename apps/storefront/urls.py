from django.urls import path

from apps.storefront import views

app_name = "storefront"

urlpatterns = [
    path("", views.show_order, name="order"),
    path("return/", views.request_return, name="return"),
    path("returns/<int:number>/withdraw/", views.withdraw_return, name="withdraw-return"),
    path("documents/<str:label>/", views.show_document, name="document"),
]

"""Which app owns which path."""

from django.contrib import admin
from django.urls import include, path
from django.views.i18n import set_language

from apps.accounts import views as accounts
from apps.payments import views as payments
from apps.storefront import views as storefront
from apps.team import views as team
from config.api import api

urlpatterns = [
    path("", accounts.home, name="home"),
    path("accounts/person/", accounts.show_person, name="person"),
    path("accounts/language/", set_language, name="set_language"),
    path("accounts/signup/", accounts.sign_up),
    path("accounts/", include("allauth.account.urls")),
    path("admin/", admin.site.urls),
    path("api/v1/", api.urls),
    path("pay/<str:token>/", payments.checkout, name="checkout"),
    path("pay/<str:token>/begin/", payments.begin_checkout, name="begin-checkout"),
    path("pay/<str:token>/return/", payments.finish_checkout, name="finish-checkout"),
    path("track/<str:token>/", include("apps.storefront.urls")),
    path("join/<str:token>/", team.join, name="join"),
    path("webhooks/stripe/", payments.hear_stripe, name="hear-stripe"),
    path("<slug:organization>/", include("apps.accounts.urls")),
    path("<slug:organization>/", include("apps.team.urls")),
    path("<slug:organization>/", include("apps.batches.urls")),
    path("<slug:organization>/", include("apps.catalog.urls")),
    path("<slug:organization>/", include("apps.customers.urls")),
    path("<slug:organization>/", include("apps.inventory.urls")),
    path("<slug:organization>/", include("apps.orders.urls")),
    path("<slug:organization>/", include("apps.payments.urls")),
    path("<slug:organization>/", include("apps.fulfillment.urls")),
    path("<slug:organization>/", include("apps.invoicing.urls")),
    path(
        "<slug:organization>/orders/<int:number>/as-customer/",
        storefront.show_as_customer,
        name="as-customer",
    ),
    path("<slug:organization>/", include("apps.reports.urls")),
    path("<slug:organization>/", include("apps.notifications.urls")),
]

handler400 = "apps.core.views.bad_request"
handler500 = "apps.core.views.server_error"

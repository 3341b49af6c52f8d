from django.urls import path

from apps.team import views

app_name = "team"

urlpatterns = [
    path("team/", views.show_team, name="team"),
    path("team/departure/", views.leave, name="leave"),
    path("team/members/<int:member>/role/", views.change_role, name="role"),
    path("team/members/<int:member>/removal/", views.remove_member, name="remove"),
    path("team/invitations/<int:invitation>/", views.resend_invitation, name="resend"),
    path("team/invitations/<int:invitation>/revocation/", views.revoke_invitation, name="revoke"),
]

"""What gunicorn serves."""

import os

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

if settings.BUILD_MODE:
    raise ImproperlyConfigured("BUILD_MODE builds static files; it does not serve requests.")

application = get_wsgi_application()

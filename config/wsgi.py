"""What gunicorn serves."""

import os
import sys

from django.core.exceptions import ImproperlyConfigured
from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

try:
    application = get_wsgi_application()
except ImproperlyConfigured as problem:
    # A list of wrong variables is for a person; a traceback around it is not.
    sys.exit(str(problem))

from django.conf import settings  # noqa: E402 - after the environment was found good

if settings.BUILD_MODE:
    sys.exit("BUILD_MODE builds static files; it does not serve requests.")

"""The application for a WSGI server: `gunicorn wsgi:app`."""

import os

from lexapp import create_app
from lexapp.application import announcement
from lexapp.config import Settings
from lexapp.logs import set_up_logs

set_up_logs()
app = create_app(Settings.from_environ(os.environ))
if to_say := announcement(app):
    print(to_say, flush=True)

"""The application for a WSGI server: `gunicorn wsgi:app`."""

import gc
import os

from lexapp import create_app
from lexapp.application import announcement
from lexapp.config import Settings
from lexapp.logs import set_up_logs

set_up_logs()
app = create_app(Settings.from_environ(os.environ))
if to_say := announcement(app):
    print(to_say, flush=True)

# What is there now stays for good: the collector need not look through it again on every round.
gc.collect()
gc.freeze()
gc.set_threshold(10_000, 20, 50)

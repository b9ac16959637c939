"""How gunicorn serves lexapp: `gunicorn -c deploy/gunicorn.conf.py wsgi:app`. Every number can be set in the environment."""

import os
import shutil
import tempfile

# Before prometheus_client is imported: the workers share their counters through this folder.
counters = None if os.environ.get("PROMETHEUS_MULTIPROC_DIR") else tempfile.mkdtemp(prefix="lexapp-metrics-")
if counters:
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = counters

bind = os.environ.get("WEB_BIND", "127.0.0.1:8000")
worker_class = "gthread"
workers = int(os.environ.get("WEB_WORKERS", "2"))
threads = int(os.environ.get("WEB_THREADS", "8"))
timeout = 60
graceful_timeout = 30
keepalive = 15
max_requests = 5000
max_requests_jitter = 500
# The longest line and header that a browser of ours sends stay far below these.
limit_request_line = 4094
limit_request_fields = 64
limit_request_field_size = 8190
# Access lines are lexapp's own, as JSON, without addresses; gunicorn's say only when it starts and stops.
accesslog = None
errorlog = "-"
forwarded_allow_ips = "127.0.0.1"


def child_exit(server, worker):  # noqa: ARG001 - gunicorn's signature
    """A worker that is gone no longer counts as running."""
    from prometheus_client import multiprocess

    multiprocess.mark_process_dead(worker.pid)


def on_exit(server):  # noqa: ARG001 - gunicorn's signature
    """The counters of this run are of no use to the next."""
    if counters:
        shutil.rmtree(counters, ignore_errors=True)

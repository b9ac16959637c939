"""Timer events from devices that were offline: kept once, put in their place, and answered one by one."""

from lexapp.services.timer_sync.answers import Answer
from lexapp.services.timer_sync.receiving import sync_timer_events

__all__ = ["Answer", "sync_timer_events"]

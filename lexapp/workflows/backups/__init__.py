"""Backups of the whole installation: taking, proving, keeping and restoring them."""

from lexapp.workflows.backups.installation import BackupPlan, Installation, installation_of
from lexapp.workflows.backups.proving import Proof, prove_archive
from lexapp.workflows.backups.restoring import Restored, restore_backup
from lexapp.workflows.backups.scheduled import keep_backup
from lexapp.workflows.backups.taking import Written, take_backup

__all__ = [
    "BackupPlan",
    "Installation",
    "Proof",
    "Restored",
    "Written",
    "installation_of",
    "keep_backup",
    "prove_archive",
    "restore_backup",
    "take_backup",
]

"""Who may see a matter, for the screen of its wall."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from lexapp.domain.permissions import ROLE_PERMISSIONS, Role
from lexapp.models import Matter, MatterAdmission, Membership, TimeEntry, User


@dataclass(frozen=True, slots=True)
class WallMember:
    """A member of the firm before a wall. `sees_all` by role; `has_part`: answers for the matter or recorded time on it."""

    membership_id: int
    name: str
    role: Role
    is_admitted: bool
    has_part: bool

    @property
    def sees_all(self) -> bool:
        return "matter.see_walled" in ROLE_PERMISSIONS[self.role]


def wall_members(session: Session, *, matter: Matter) -> list[WallMember]:
    """Everybody active but client contacts: those who see all first, then by name. One query."""
    mine = (MatterAdmission.firm_id == Membership.firm_id) & (MatterAdmission.membership_id == Membership.id)
    admitted = select(MatterAdmission.id).where(mine, MatterAdmission.matter_id == matter.id).exists()
    theirs = (TimeEntry.firm_id == Membership.firm_id) & (TimeEntry.timekeeper_id == Membership.timekeeper_id)
    recorded = select(TimeEntry.id).where(theirs, TimeEntry.matter_id == matter.id, TimeEntry.discarded_at.is_(None)).exists()
    answering = (matter.responsible_timekeeper_id, matter.originating_timekeeper_id)
    query = (
        select(Membership.id, User.name, Membership.role, Membership.timekeeper_id, admitted, recorded)
        .join(User, User.id == Membership.user_id)
        .where(Membership.firm_id == matter.firm_id, Membership.is_active, Membership.role != Role.CLIENT_CONTACT)
        .order_by(User.name, Membership.id)
    )
    people = [
        WallMember(id_, name, Role(role), is_admitted, recorded or (timekeeper_id is not None and timekeeper_id in answering))
        for id_, name, role, timekeeper_id, is_admitted, recorded in session.execute(query)
    ]
    return sorted(people, key=lambda person: not person.sees_all)

"""Who may do what in the experts' panel: the roles, and what each may do."""

from typing import Literal, get_args

from tools.errors import SettingsError

Permission = Literal[
    "read",
    "reveal",
    "consult",
    "judge",
    "sign",
    "replay",
    "statistics",
    "export",
    "export_unmasked",
    "erase",
    "accounts",
    "audit",
]
"""Read conversations, masked · see their personal data · answer mothers · judge steps · sign a leaf
as reviewed · run conversations again · see what is learnt · export, masked · export as it is ·
erase a mother's data · manage accounts · read the log."""

ROLES: dict[str, frozenset[Permission]] = {
    "expert": frozenset({"read", "reveal", "consult", "judge", "sign", "replay", "statistics"}),
    "researcher": frozenset({"read", "judge", "replay", "statistics", "export"}),
    "admin": frozenset(get_args(Permission)),
}
"""A researcher sees no personal data, and answers nobody."""


def allows(role: str, permission: Permission) -> bool:
    """Whether a role may do this. A role that this version does not know may do nothing."""
    return permission in ROLES.get(role, ())


def checked_role(text: str) -> str:
    """A role. Raises SettingsError that quotes a wrong one."""
    if text not in ROLES:
        raise SettingsError(f"{text!r} is no role: {', '.join(ROLES)}")
    return text

"""Whether there is an experts' panel. Imports little: it is asked before anything is started."""

from agent.settings import Settings
from records.accounts import Accounts


def panel_is_served(settings: Settings) -> bool:
    """Whether anybody could sign in to it; else it is not mounted: no panel is open to all."""
    if settings.experts_password.get_secret_value():
        return True
    settings.data_folder.mkdir(parents=True, exist_ok=True)
    accounts = Accounts.open(settings.chosen_records_url)
    try:
        return accounts.any()
    finally:
        accounts.close()

"""Who may enter the panel, and what is seen of personal data: accounts, masks, log, exports."""

"""Where a study's cases come from."""

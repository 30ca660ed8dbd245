"""Trees of other programs, made to fit ours."""

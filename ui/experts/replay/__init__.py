"""Conversations run again, or another way."""

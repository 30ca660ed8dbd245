"""Answering mothers: the consultation desk, the inbox, many consultations at once."""

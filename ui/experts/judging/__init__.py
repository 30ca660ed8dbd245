"""Judging steps and conversations, the queue, agreement, signatures."""

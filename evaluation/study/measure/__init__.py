"""From conversations to figures, and from figures to what differs."""

"""The list of conversations, and one of them: what she saw, the steps, the way in the tree."""

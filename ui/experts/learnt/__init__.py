"""What the record teaches about the tree: figures, suggestions, charts."""

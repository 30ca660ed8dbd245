// Every version of every tree, with its state.
MATCH (tree:Tree) RETURN properties(tree) AS tree ORDER BY tree.id, tree.loaded_at

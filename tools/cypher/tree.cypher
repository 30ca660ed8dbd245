// One version's own data.
MATCH (tree:Tree {version: $tree}) RETURN properties(tree) AS tree

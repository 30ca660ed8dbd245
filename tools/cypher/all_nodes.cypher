// Every node of a version with its kind, for export and comparison.
MATCH (node:Node {tree: $tree})
RETURN properties(node) AS node ORDER BY node.position

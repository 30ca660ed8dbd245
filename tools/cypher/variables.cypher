// The facts that a version's inputs ask for.
MATCH (variable:Variable {tree: $tree}) RETURN properties(variable) AS variable ORDER BY variable.position

// Every source of a version.
MATCH (source:Source {tree: $tree}) RETURN properties(source) AS source ORDER BY source.position

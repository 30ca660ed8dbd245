// Adds the facts that inputs ask for, under the version.
UNWIND $rows AS row
MATCH (tree:Tree {version: $tree})
CREATE (tree)-[:HAS_VARIABLE]->(variable:Variable) SET variable = row

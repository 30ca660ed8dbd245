// Links nodes that are worth offering after one another.
UNWIND $rows AS row
MATCH (origin:Node {tree: $tree, id: row.origin})
MATCH (target:Node {tree: $tree, id: row.target})
CREATE (origin)-[step:SEE_ALSO]->(target) SET step = row.properties

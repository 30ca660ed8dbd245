// Links nodes to the sources of their claims.
UNWIND $rows AS row
MATCH (origin:Node {tree: $tree, id: row.origin})
MATCH (target:Source {tree: $tree, id: row.target})
CREATE (origin)-[step:CITES]->(target) SET step = row.properties

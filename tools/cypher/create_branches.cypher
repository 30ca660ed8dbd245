// Adds the ways out of logic nodes; the one without a condition is the else.
UNWIND $rows AS row
MATCH (origin:Node {tree: $tree, id: row.origin})
MATCH (target:Node {tree: $tree, id: row.target})
CREATE (origin)-[step:BRANCH]->(target) SET step = row.properties

// Links logic nodes to the inputs that ask for the facts they branch on.
UNWIND $rows AS row
MATCH (origin:Node {tree: $tree, id: row.origin})
MATCH (target:Node {tree: $tree, id: row.target})
CREATE (origin)-[step:NEEDS]->(target) SET step = row.properties

// Adds the options of questions, and the way on of inputs.
UNWIND $rows AS row
MATCH (origin:Node {tree: $tree, id: row.origin})
MATCH (target:Node {tree: $tree, id: row.target})
CREATE (origin)-[step:OPTION]->(target) SET step = row.properties

// Every relationship between nodes of a version, and their citations.
MATCH (origin:Node {tree: $tree})-[step:OPTION|BRANCH|SEE_ALSO|CITES]->(target)
RETURN origin.id AS origin, target.id AS target, type(step) AS kind, properties(step) AS properties

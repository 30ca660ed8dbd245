// Every relationship of a database, whatever its schema, for import through a mapping.
MATCH (start)-[step]->(end)
RETURN type(step) AS type, elementId(start) AS start, elementId(end) AS end, properties(step) AS properties

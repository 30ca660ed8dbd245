// Every node of a database, whatever its schema, for import through a mapping.
MATCH (node) RETURN elementId(node) AS id, labels(node) AS labels, properties(node) AS properties

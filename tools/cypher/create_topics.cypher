// Adds topics under the version, each with the node where its questions start.
UNWIND $rows AS row
MATCH (tree:Tree {version: $tree})
MATCH (start:Node {tree: $tree, id: row.starts_at})
CREATE (tree)-[:HAS_TOPIC]->(topic:Topic)-[:STARTS_AT]->(start) SET topic = row.properties

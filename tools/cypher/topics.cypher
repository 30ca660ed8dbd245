// The topics of a version, in the order of its files.
MATCH (topic:Topic {tree: $tree})-[:STARTS_AT]->(start:Node)
RETURN properties(topic) AS topic, start.id AS starts_at ORDER BY topic.position

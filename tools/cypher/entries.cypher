// The places where a conversation may begin: topic starts, then nodes with an entry of their own.
MATCH (topic:Topic {tree: $tree})-[:STARTS_AT]->(start:Node)
RETURN start.id AS node, topic.id AS topic, topic.title AS title, topic.summary AS description,
       topic.examples AS examples, topic.near_misses_says AS near_misses_says,
       topic.near_misses_belongs_to AS near_misses_belongs_to, topic.only_when_said AS only_when_said,
       0 AS rank, topic.position AS position
UNION ALL
MATCH (entry:Node {tree: $tree}) WHERE entry.entry_title IS NOT NULL
RETURN entry.id AS node, entry.topic AS topic, entry.entry_title AS title, entry.entry_description AS description,
       entry.entry_examples AS examples, [] AS near_misses_says, [] AS near_misses_belongs_to,
       [] AS only_when_said,
       1 AS rank, entry.position AS position

// A topic's id is unique within its tree version.
CREATE CONSTRAINT topic_key IF NOT EXISTS FOR (topic:Topic) REQUIRE (topic.tree, topic.id) IS UNIQUE

// A source's id is unique within its tree version.
CREATE CONSTRAINT source_key IF NOT EXISTS FOR (source:Source) REQUIRE (source.tree, source.id) IS UNIQUE

// A tree version exists once.
CREATE CONSTRAINT tree_key IF NOT EXISTS FOR (tree:Tree) REQUIRE tree.version IS UNIQUE

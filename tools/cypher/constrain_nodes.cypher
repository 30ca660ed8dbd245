// A node's id is unique within its tree version. One constraint on :Node covers all its kinds.
CREATE CONSTRAINT node_key IF NOT EXISTS FOR (node:Node) REQUIRE (node.tree, node.id) IS UNIQUE

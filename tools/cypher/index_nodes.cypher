// A whole version is read or removed by its key.
CREATE INDEX node_tree IF NOT EXISTS FOR (node:Node) ON (node.tree)

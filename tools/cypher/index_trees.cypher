// Trees are found by id when their active version is looked up.
CREATE INDEX tree_id IF NOT EXISTS FOR (tree:Tree) ON (tree.id)

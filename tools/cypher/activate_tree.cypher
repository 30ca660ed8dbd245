// Puts a complete version into use: the last step of loading.
MATCH (tree:Tree {version: $tree}) SET tree.state = 'active' RETURN tree.version AS version

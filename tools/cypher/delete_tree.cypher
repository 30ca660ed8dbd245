// Removes a version's own record, after its content.
MATCH (tree:Tree {version: $tree}) DETACH DELETE tree

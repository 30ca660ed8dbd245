// Announces a version; nobody uses it until it is activated.
CREATE (tree:Tree) SET tree = $properties

// Takes the place from the version in use; runs in one transaction with activate_tree.
MATCH (tree:Tree {id: $id}) WHERE tree.state = 'active' SET tree.state = 'retired'

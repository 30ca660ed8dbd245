// Removes a bounded batch of a version's variables.
MATCH (item:Variable {tree: $tree}) WITH item LIMIT $batch DETACH DELETE item RETURN count(*) AS deleted

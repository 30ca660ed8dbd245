// Removes a bounded batch of a version's nodes.
MATCH (item:Node {tree: $tree}) WITH item LIMIT $batch DETACH DELETE item RETURN count(*) AS deleted

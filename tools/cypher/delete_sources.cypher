// Removes a bounded batch of a version's sources.
MATCH (item:Source {tree: $tree}) WITH item LIMIT $batch DETACH DELETE item RETURN count(*) AS deleted

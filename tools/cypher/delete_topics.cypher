// Removes a bounded batch of a version's topics.
MATCH (item:Topic {tree: $tree}) WITH item LIMIT $batch DETACH DELETE item RETURN count(*) AS deleted

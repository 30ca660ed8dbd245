// What can be seen and done at a node: the node, its options, the logic nodes below them with their
// branches and the inputs they need, its sources and see-also links. One round trip a move.
// $ids holds the node and, when an input was called by a logic node, that logic node.
// BRANCH and NEEDS leave logic nodes only, so the expansion stops at the first node that is shown.
UNWIND $ids AS id
MATCH (start:Node {tree: $tree, id: id})
OPTIONAL MATCH path = (start)-[:OPTION*0..1]->(:Node)-[:BRANCH|NEEDS*0..12]->(:Node)
WITH start, [step IN relationships(path) |
  {from: startNode(step).id, to: endNode(step).id, kind: type(step), properties: properties(step)}] AS steps
WITH start, collect(steps) AS paths
RETURN properties(start) AS node,
       paths,
       [(start)-[cites:CITES]->(source:Source) | {place: cites.position, source: properties(source)}] AS sources,
       [(start)-[link:SEE_ALSO]->(other:Node) | {place: link.position, id: other.id,
         title: coalesce(other.title, other.entry_title, head([(topic:Topic)-[:STARTS_AT]->(other) | topic.title]))
       }] AS see_also

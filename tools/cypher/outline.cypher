// Every way from a question, input or logic node to the next, with what both ends are called, and
// the variables that inputs and logic nodes ask for: the whole version at a glance, read once.
MATCH (origin:Node {tree: $tree})-[step:OPTION|BRANCH|NEEDS]->(target:Node)
RETURN type(step) AS way, coalesce(step.variable, origin.variable) AS variable,
       origin.id AS origin, origin.kind AS kind, origin.text AS text, origin.topic AS topic,
       step.id AS option, step.label AS label, step.examples AS examples, step.position AS position,
       step.condition AS condition,
       target.id AS target, target.title AS title

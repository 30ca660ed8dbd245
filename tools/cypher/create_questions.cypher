// Adds question nodes. Both labels at once: adding the second one later fails on the embedded server.
UNWIND $rows AS row CREATE (node:Node:Question) SET node = row

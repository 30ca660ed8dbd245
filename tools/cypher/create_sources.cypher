// Adds the public pages that nodes cite.
UNWIND $rows AS row CREATE (source:Source) SET source = row

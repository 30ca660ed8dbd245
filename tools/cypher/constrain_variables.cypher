// A variable's id is unique within its tree version.
CREATE CONSTRAINT variable_key IF NOT EXISTS FOR (variable:Variable) REQUIRE (variable.tree, variable.id) IS UNIQUE

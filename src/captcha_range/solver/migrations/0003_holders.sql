-- Who holds a lease: '' for the process that serves the solver, else the name of a worker's key.
ALTER TABLE tasks ADD COLUMN holder TEXT NOT NULL DEFAULT '';

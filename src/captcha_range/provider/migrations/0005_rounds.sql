-- A composed challenge: the row of its first round is the challenge, and names no other. Each further round is a row
-- of its own, with its picture, that names the challenge it is part of.
ALTER TABLE issued ADD COLUMN part_of TEXT;
ALTER TABLE issued ADD COLUMN round INTEGER NOT NULL DEFAULT 1;
CREATE INDEX issued_by_whole ON issued (part_of, round) WHERE part_of IS NOT NULL;

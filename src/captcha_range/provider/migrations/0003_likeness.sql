-- How a picture looks, for copies that are not pixel-exact. NULL for challenges of an older version.
ALTER TABLE issued ADD COLUMN likeness BLOB;

-- Covers what the provider loads at its start, which would otherwise read every picture.
CREATE INDEX issued_by_likeness ON issued (expires_at, challenge, likeness) WHERE likeness IS NOT NULL;

-- While a secret is rotated, the one before the latest is good too; retired ones are remembered to explain refusals.
ALTER TABLE sites ADD COLUMN former_digest BLOB;
CREATE TABLE retired_secrets (
    digest  BLOB PRIMARY KEY,
    sitekey TEXT NOT NULL
) WITHOUT ROWID;

-- A test's own sites, with a clock that is so many seconds ahead and, if it has a seed, challenges of its own.
CREATE TABLE namespaces (
    namespace TEXT PRIMARY KEY,
    seed      TEXT,
    ahead     REAL NOT NULL
);

CREATE TABLE behaviors (
    visitor  TEXT NOT NULL,
    behavior TEXT NOT NULL,
    at       REAL NOT NULL
);
CREATE INDEX behaviors_by_visitor ON behaviors (visitor, at);

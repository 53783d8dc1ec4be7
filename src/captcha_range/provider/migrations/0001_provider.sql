CREATE TABLE sites (
    sitekey       TEXT PRIMARY KEY,
    secret_digest BLOB NOT NULL,
    site          TEXT NOT NULL
);

CREATE TABLE preflights (
    preflight  TEXT PRIMARY KEY,
    sitekey    TEXT NOT NULL,
    region     TEXT NOT NULL,
    user_agent TEXT NOT NULL,
    expires_at REAL NOT NULL
);
CREATE INDEX preflights_by_expiry ON preflights (expires_at);

CREATE TABLE issued (
    challenge   TEXT PRIMARY KEY,
    sitekey     TEXT NOT NULL,
    draw_index  INTEGER NOT NULL,
    family      TEXT NOT NULL,
    level       INTEGER NOT NULL,
    prompt_en   TEXT NOT NULL,
    prompt_zh   TEXT NOT NULL,
    picture_id  TEXT NOT NULL UNIQUE,
    picture     BLOB NOT NULL,
    digest      BLOB NOT NULL,
    width       INTEGER NOT NULL,
    height      INTEGER NOT NULL,
    tiles       TEXT NOT NULL,
    answer      TEXT NOT NULL,
    hostname    TEXT NOT NULL,
    opening     TEXT NOT NULL,
    issued_at   REAL NOT NULL,
    expires_at  REAL NOT NULL,
    answered_at REAL,
    passed      INTEGER,
    reply       TEXT
);
CREATE INDEX issued_by_digest ON issued (digest);
CREATE INDEX issued_by_site ON issued (sitekey, draw_index);

-- The token itself is never stored. Rows are in the order of minting, so that tokens of about the same age,
-- which are verified at about the same time, share a page; a table keyed by the random digest costs half as much again.
CREATE TABLE tokens (
    number    INTEGER PRIMARY KEY,
    digest    BLOB NOT NULL UNIQUE,
    sitekey   TEXT NOT NULL,
    hostname  TEXT NOT NULL,
    passage   TEXT NOT NULL,
    issued_at REAL NOT NULL,
    used_at   REAL,
    claim     TEXT
);

CREATE TABLE replays (
    address TEXT NOT NULL,
    at      REAL NOT NULL
);
CREATE INDEX replays_by_address ON replays (address, at);

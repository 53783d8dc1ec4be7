CREATE TABLE accounts (
    account      TEXT PRIMARY KEY,
    name         TEXT NOT NULL,
    balance      INTEGER NOT NULL,
    recognitions INTEGER NOT NULL,
    task_ids     TEXT NOT NULL
);

CREATE TABLE tasks (
    number      INTEGER PRIMARY KEY AUTOINCREMENT,
    task        TEXT NOT NULL UNIQUE,
    account     TEXT NOT NULL REFERENCES accounts,
    token_order TEXT NOT NULL,
    state       TEXT NOT NULL,
    attempt     INTEGER NOT NULL DEFAULT 0,
    lease_until REAL,
    created_at  REAL NOT NULL,
    deadline    REAL NOT NULL,
    finished_at REAL,
    solution    TEXT,
    failure     TEXT
);
CREATE INDEX tasks_open ON tasks (state, number) WHERE state IN ('queued', 'running');
CREATE INDEX tasks_open_by_deadline ON tasks (deadline) WHERE state IN ('queued', 'running');

CREATE TABLE preflights (
    preflight  TEXT PRIMARY KEY,
    region     TEXT NOT NULL,
    user_agent TEXT NOT NULL,
    expires_at REAL NOT NULL
);
CREATE INDEX preflights_by_expiry ON preflights (expires_at);

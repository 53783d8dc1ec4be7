ALTER TABLE accounts ADD COLUMN free_tasks INTEGER NOT NULL DEFAULT 0;
ALTER TABLE accounts ADD COLUMN prices TEXT NOT NULL DEFAULT '{}';
ALTER TABLE accounts ADD COLUMN limits TEXT NOT NULL DEFAULT '{}';

CREATE TABLE client_keys (
    client_key TEXT PRIMARY KEY,
    digest     BLOB NOT NULL UNIQUE,
    account    TEXT NOT NULL REFERENCES accounts,
    name       TEXT NOT NULL,
    scopes     TEXT NOT NULL,
    created_at REAL NOT NULL,
    revoked_at REAL
);
CREATE INDEX client_keys_by_account ON client_keys (account);
INSERT INTO client_keys
SELECT lower(hex(substr(digest, 1, 16))), digest, holder, 'first', '["solve","verify","read"]', 0, NULL
FROM keys WHERE scope = 'client';

CREATE TABLE webhook_secrets (
    account   TEXT NOT NULL REFERENCES accounts,
    secret    TEXT NOT NULL,
    signs_until REAL NOT NULL
);
CREATE INDEX webhook_secrets_by_account ON webhook_secrets (account);

ALTER TABLE tasks ADD COLUMN price INTEGER NOT NULL DEFAULT 1;
ALTER TABLE tasks ADD COLUMN free INTEGER NOT NULL DEFAULT 0;
ALTER TABLE tasks ADD COLUMN changed_at REAL NOT NULL DEFAULT 0;
ALTER TABLE tasks ADD COLUMN effort TEXT;
ALTER TABLE tasks ADD COLUMN callback_url TEXT;
ALTER TABLE tasks ADD COLUMN callback_form TEXT;
CREATE INDEX tasks_by_account ON tasks (account, number);
CREATE INDEX tasks_by_end ON tasks (finished_at) WHERE finished_at IS NOT NULL;

CREATE TABLE task_events (
    task    INTEGER NOT NULL REFERENCES tasks ON DELETE CASCADE,
    number  INTEGER NOT NULL,
    state   TEXT NOT NULL,
    attempt INTEGER NOT NULL,
    at      REAL NOT NULL,
    failure TEXT,
    PRIMARY KEY (task, number)
) WITHOUT ROWID;

-- Triggers, so that no statement can change a task's state and leave out the event that tells of it.
CREATE TRIGGER task_created AFTER INSERT ON tasks
BEGIN
    INSERT INTO task_events VALUES (NEW.number, 1, NEW.state, NEW.attempt, NEW.changed_at, NULL);
END;

CREATE TRIGGER task_moved AFTER UPDATE OF state, attempt ON tasks
WHEN NEW.state <> OLD.state OR NEW.attempt <> OLD.attempt
BEGIN
    INSERT INTO task_events
    SELECT NEW.number, coalesce(max(number), 0) + 1, NEW.state, NEW.attempt, NEW.changed_at, NEW.failure
    FROM task_events WHERE task = NEW.number;
END;

CREATE TABLE idempotency (
    account         TEXT NOT NULL,
    idempotency_key TEXT NOT NULL,
    fingerprint     BLOB NOT NULL,
    task            TEXT NOT NULL,
    answer          BLOB NOT NULL,
    created_at      REAL NOT NULL,
    PRIMARY KEY (account, idempotency_key)
) WITHOUT ROWID;
CREATE INDEX idempotency_by_age ON idempotency (created_at);

CREATE TABLE deliveries (
    number       INTEGER PRIMARY KEY AUTOINCREMENT,
    delivery     TEXT NOT NULL UNIQUE,
    account      TEXT NOT NULL,
    task         TEXT NOT NULL,
    url          TEXT NOT NULL,
    body         BLOB NOT NULL,
    state        TEXT NOT NULL DEFAULT 'pending',
    attempts     INTEGER NOT NULL DEFAULT 0,
    created_at   REAL NOT NULL,
    next_at      REAL,
    ended_at     REAL
);
CREATE INDEX deliveries_due ON deliveries (next_at) WHERE state = 'pending';
CREATE INDEX deliveries_by_account ON deliveries (account, number);
CREATE INDEX deliveries_by_end ON deliveries (ended_at) WHERE ended_at IS NOT NULL;

CREATE TABLE delivery_attempts (
    delivery INTEGER NOT NULL REFERENCES deliveries ON DELETE CASCADE,
    number   INTEGER NOT NULL,
    at       REAL NOT NULL,
    status   INTEGER,
    problem  TEXT,
    PRIMARY KEY (delivery, number)
) WITHOUT ROWID;

CREATE TABLE reports (
    task    TEXT PRIMARY KEY,
    account TEXT NOT NULL,
    verdict TEXT NOT NULL,
    at      REAL NOT NULL
) WITHOUT ROWID;
CREATE INDEX reports_by_age ON reports (at);

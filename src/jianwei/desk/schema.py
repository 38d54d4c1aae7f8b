"""The tables of a desk, as one script for each version of the schema.

Moments are whole microseconds since 1970 in UTC. Secrets are never stored: of a session, token or link there is the
SHA-256 only, of a password its Argon2 hash.
"""

from __future__ import annotations

SCRIPTS: tuple[str, ...] = (
    """
    CREATE TABLE users (
        user_no INTEGER PRIMARY KEY AUTOINCREMENT,
        name TEXT NOT NULL UNIQUE COLLATE NOCASE,
        role TEXT NOT NULL,
        password_hash TEXT NOT NULL,           -- empty until the owner of the account has set one
        disabled INTEGER NOT NULL DEFAULT 0,
        language TEXT NOT NULL DEFAULT '',     -- '' follows the browser
        theme TEXT NOT NULL DEFAULT '',        -- '' follows the system
        created_at_us INTEGER NOT NULL,
        signed_in_at_us INTEGER
    ) STRICT;
    CREATE TABLE sessions (
        token_sha256 TEXT PRIMARY KEY,
        user_no INTEGER NOT NULL REFERENCES users ON DELETE CASCADE,
        csrf TEXT NOT NULL,
        created_at_us INTEGER NOT NULL,
        seen_at_us INTEGER NOT NULL,
        address TEXT NOT NULL,
        agent TEXT NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX sessions_by_user ON sessions (user_no);
    CREATE TABLE tokens (
        token_no INTEGER PRIMARY KEY AUTOINCREMENT,
        user_no INTEGER NOT NULL REFERENCES users ON DELETE CASCADE,
        name TEXT NOT NULL,
        token_sha256 TEXT NOT NULL UNIQUE,
        scopes TEXT NOT NULL,                  -- JSON list of permissions
        created_at_us INTEGER NOT NULL,
        expires_at_us INTEGER,                 -- NULL: never
        used_at_us INTEGER,
        revoked_at_us INTEGER
    ) STRICT;
    CREATE TABLE links (
        token_sha256 TEXT PRIMARY KEY,
        user_no INTEGER REFERENCES users ON DELETE CASCADE,  -- NULL: makes the first administrator
        expires_at_us INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE failed_sign_ins (
        name TEXT PRIMARY KEY COLLATE NOCASE,  -- also of accounts that do not exist: the answer must not tell
        failures INTEGER NOT NULL,
        locked_until_us INTEGER NOT NULL,
        failed_at_us INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE audit (
        sequence INTEGER PRIMARY KEY,          -- 1, 2, 3 … without a gap
        at_us INTEGER NOT NULL,
        actor TEXT NOT NULL,
        action TEXT NOT NULL,
        subject TEXT NOT NULL,
        details TEXT NOT NULL,                 -- JSON object
        address TEXT NOT NULL,
        previous TEXT NOT NULL,
        hash TEXT NOT NULL
    ) STRICT;
    CREATE INDEX audit_by_actor ON audit (actor, sequence);
    CREATE INDEX audit_by_subject ON audit (subject, sequence);
    CREATE TABLE jobs (
        job_id TEXT PRIMARY KEY,
        kind TEXT NOT NULL,
        state TEXT NOT NULL,
        spec TEXT NOT NULL,                    -- JSON object: what to do
        progress TEXT NOT NULL,                -- JSON object: how far it is
        report TEXT,                           -- JSON object: what it did
        error TEXT,                            -- JSON object: code, message, message_zh
        created_by TEXT NOT NULL,
        created_at_us INTEGER NOT NULL,
        started_at_us INTEGER,
        ended_at_us INTEGER,
        cancel_requested INTEGER NOT NULL DEFAULT 0
    ) STRICT;
    CREATE INDEX jobs_by_state ON jobs (state, created_at_us);
    """,
)

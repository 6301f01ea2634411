-- Bearer tokens of the API. The token itself is not stored, only its digest; what it may do is
-- what its user may do.

CREATE TABLE api_tokens (
    token_digest TEXT PRIMARY KEY,
    user_id TEXT NOT NULL REFERENCES users (id),
    name TEXT NOT NULL CHECK (name <> ''),
    created_at INTEGER NOT NULL,
    expires_at INTEGER,
    revoked_at INTEGER
) STRICT;
CREATE UNIQUE INDEX api_tokens_name ON api_tokens (user_id, name) WHERE revoked_at IS NULL;

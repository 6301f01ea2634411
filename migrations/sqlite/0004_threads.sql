-- Where a letter may belong that opened a case of its own, and the unguessable address that
-- answers to a reply come to.

CREATE TABLE guesses (
    case_id TEXT NOT NULL REFERENCES cases (id),
    other_case_id TEXT NOT NULL REFERENCES cases (id),
    score INTEGER NOT NULL,
    reasons TEXT NOT NULL,
    guessed_at INTEGER NOT NULL,
    decided_at INTEGER,
    PRIMARY KEY (case_id, other_case_id)
) STRICT;
CREATE INDEX guesses_undecided ON guesses (guessed_at, case_id) WHERE decided_at IS NULL;

ALTER TABLE deliveries ADD COLUMN reply_token TEXT;
CREATE UNIQUE INDEX deliveries_reply_token ON deliveries (reply_token) WHERE reply_token IS NOT NULL;
CREATE INDEX cases_customer ON cases (customer_address, opened_at) WHERE customer_address IS NOT NULL;

-- The account directory for half a million accounts, and who may be told what of them.
--
-- Rows of an account are kept together: one text with all its bills, payments and so on, and the
-- few columns that matching needs beside it. What was imported before is dropped; the next import
-- brings it back, because no extract is current any more.

UPDATE extracts SET state = 'retired';
-- How many rows could not be taken: the same extract again names them again.
ALTER TABLE extracts ADD COLUMN left_out BIGINT NOT NULL DEFAULT 0;
DROP TABLE account_rows;
DROP TABLE accounts;

-- The numbers are digits, so that both databases sort them alike.
CREATE TABLE accounts (
    extract_id BIGINT NOT NULL REFERENCES extracts (id),
    account_number TEXT COLLATE "C" NOT NULL,
    digest BIGINT NOT NULL,
    closed BIGINT NOT NULL,
    data TEXT NOT NULL,
    contacts TEXT NOT NULL,
    PRIMARY KEY (extract_id, account_number)
);

-- Everything else of an account. It is long, so it does not stand among the keys' pages.
CREATE TABLE account_ledgers (
    extract_id BIGINT NOT NULL,
    account_number TEXT COLLATE "C" NOT NULL,
    data TEXT NOT NULL,
    PRIMARY KEY (extract_id, account_number)
);

-- What accounts are found by: addresses of mail, telephones, names, house numbers with streets.
CREATE TABLE account_keys (
    extract_id BIGINT NOT NULL,
    key TEXT COLLATE "C" NOT NULL,
    account_number TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (extract_id, key, account_number)
);

-- How sure it is who wrote the letter of a case, what they are to the account, and why.
ALTER TABLE cases ADD COLUMN assurance TEXT NOT NULL DEFAULT 'A0' CHECK (assurance IN ('A0', 'A1', 'A2', 'A3', 'A4'));
ALTER TABLE cases ADD COLUMN standing TEXT NOT NULL DEFAULT 'none';
ALTER TABLE cases ADD COLUMN assurance_reasons TEXT NOT NULL DEFAULT '[]';
ALTER TABLE cases ADD COLUMN assurance_by TEXT REFERENCES users (id);

-- One reply that tells more than the table allows: asked for by one person, allowed by another.
CREATE TABLE disclosure_overrides (
    id TEXT PRIMARY KEY,
    case_id TEXT NOT NULL REFERENCES cases (id),
    reason TEXT NOT NULL CHECK (reason <> ''),
    asked_by TEXT NOT NULL REFERENCES users (id),
    asked_at BIGINT NOT NULL,
    allowed_by TEXT REFERENCES users (id) CHECK (allowed_by <> asked_by),
    allowed_at BIGINT,
    ended_at BIGINT
);
CREATE UNIQUE INDEX disclosure_overrides_case ON disclosure_overrides (case_id) WHERE ended_at IS NULL;

-- The first schema. Times are microseconds since 1970 in UTC, money is cents, identifiers are
-- opaque text made by the program, JSON is opaque text. The PostgreSQL folder has the same
-- tables and columns in the same order; a test compares them.

CREATE TABLE users (
    id TEXT PRIMARY KEY,
    login TEXT NOT NULL UNIQUE CHECK (login <> ''),
    name TEXT NOT NULL,
    role TEXT NOT NULL CHECK (role IN ('trainee', 'supervisor', 'administrator')),
    password_hash TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    disabled_at INTEGER,
    failed_sign_ins INTEGER NOT NULL DEFAULT 0,
    blocked_until INTEGER
) STRICT;

CREATE TABLE sessions (
    token_digest TEXT PRIMARY KEY,
    user_id TEXT NOT NULL REFERENCES users (id),
    form_token TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    seen_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT;
CREATE INDEX sessions_user ON sessions (user_id);

CREATE TABLE cases (
    id TEXT PRIMARY KEY,
    reference TEXT NOT NULL UNIQUE,
    version INTEGER NOT NULL,
    state TEXT NOT NULL
        CHECK (state IN ('open', 'claimed', 'submitted', 'approved', 'undelivered', 'answered', 'closed')),
    assignee_id TEXT REFERENCES users (id),
    revision_id TEXT,
    outcome TEXT,
    language TEXT NOT NULL,
    primary_topic TEXT NOT NULL,
    topics TEXT NOT NULL,
    flags TEXT NOT NULL,
    unsure INTEGER NOT NULL,
    urgent INTEGER NOT NULL,
    account_number TEXT,
    account_decision TEXT NOT NULL,
    customer_address TEXT,
    customer_name TEXT,
    subject TEXT NOT NULL,
    search_text TEXT NOT NULL,
    opened_at INTEGER NOT NULL,
    due_at INTEGER NOT NULL,
    changed_at INTEGER NOT NULL,
    CHECK ((state IN ('open', 'closed')) = (assignee_id IS NULL)),
    CHECK ((state IN ('submitted', 'approved', 'undelivered', 'answered')) = (revision_id IS NOT NULL)),
    CHECK ((state = 'closed') = (outcome IS NOT NULL))
) STRICT;
CREATE INDEX cases_queue ON cases (state, urgent DESC, due_at, id);
CREATE INDEX cases_assignee ON cases (assignee_id, state) WHERE assignee_id IS NOT NULL;
CREATE INDEX cases_account ON cases (account_number) WHERE account_number IS NOT NULL;

CREATE TABLE letters (
    id TEXT PRIMARY KEY,
    content_digest TEXT NOT NULL UNIQUE,
    raw_digest TEXT NOT NULL,
    size_bytes INTEGER NOT NULL,
    message_id TEXT CHECK (message_id <> ''),
    received_at INTEGER NOT NULL,
    stage TEXT NOT NULL CHECK (stage IN ('received', 'prepared', 'filed', 'quarantined')),
    due_at INTEGER NOT NULL,
    lease_owner TEXT,
    lease_until INTEGER,
    attempt INTEGER NOT NULL,
    kind TEXT,
    case_id TEXT REFERENCES cases (id),
    reading TEXT,
    classification TEXT,
    account_match TEXT
) STRICT;
CREATE INDEX letters_due ON letters (due_at, id) WHERE stage = 'received';
CREATE INDEX letters_message_id ON letters (message_id) WHERE message_id IS NOT NULL;
CREATE INDEX letters_case ON letters (case_id, received_at, id) WHERE case_id IS NOT NULL;

-- The bytes as they came, one row for each different copy of a letter.
CREATE TABLE letter_bytes (
    letter_id TEXT NOT NULL REFERENCES letters (id),
    raw_digest TEXT NOT NULL,
    bytes BLOB NOT NULL,
    PRIMARY KEY (letter_id, raw_digest)
) STRICT;

-- Where and when each copy came in: the ledger that a mailbox is reconciled with.
CREATE TABLE arrivals (
    source TEXT NOT NULL,
    source_key TEXT NOT NULL,
    letter_id TEXT NOT NULL REFERENCES letters (id),
    raw_digest TEXT NOT NULL,
    arrived_at INTEGER NOT NULL,
    PRIMARY KEY (source, source_key)
) STRICT;
CREATE INDEX arrivals_letter ON arrivals (letter_id);

CREATE TABLE revisions (
    id TEXT PRIMARY KEY,
    case_id TEXT NOT NULL REFERENCES cases (id),
    number INTEGER NOT NULL,
    author_id TEXT REFERENCES users (id),
    language TEXT NOT NULL,
    subject TEXT NOT NULL,
    body TEXT NOT NULL,
    recipient TEXT,
    template TEXT NOT NULL,
    facts TEXT NOT NULL,
    missing TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    UNIQUE (case_id, number)
) STRICT;

-- Everybody whose words may stand in a revision: its author, the authors of the revisions it
-- was made from, and who submitted it.
CREATE TABLE revision_authors (
    revision_id TEXT NOT NULL REFERENCES revisions (id),
    user_id TEXT NOT NULL REFERENCES users (id),
    PRIMARY KEY (revision_id, user_id)
) STRICT;

CREATE TABLE approvals (
    id TEXT PRIMARY KEY,
    case_id TEXT NOT NULL REFERENCES cases (id),
    revision_id TEXT NOT NULL UNIQUE REFERENCES revisions (id),
    approver_id TEXT NOT NULL REFERENCES users (id),
    approved_at INTEGER NOT NULL,
    bytes_digest TEXT NOT NULL
) STRICT;

CREATE TABLE deliveries (
    id TEXT PRIMARY KEY,
    case_id TEXT NOT NULL REFERENCES cases (id),
    revision_id TEXT NOT NULL REFERENCES revisions (id),
    approval_id TEXT NOT NULL REFERENCES approvals (id),
    recipient TEXT NOT NULL CHECK (recipient <> ''),
    message_id TEXT NOT NULL UNIQUE CHECK (message_id <> ''),
    bytes BLOB NOT NULL,
    bytes_digest TEXT NOT NULL,
    state TEXT NOT NULL
        CHECK (state IN ('prepared', 'claimed', 'dot_committed', 'sent', 'rejected', 'unknown')),
    due_at INTEGER NOT NULL,
    lease_owner TEXT,
    lease_until INTEGER,
    attempt INTEGER NOT NULL,
    server_reply TEXT,
    created_at INTEGER NOT NULL,
    settled_at INTEGER,
    UNIQUE (revision_id, recipient)
) STRICT;
CREATE INDEX deliveries_due ON deliveries (due_at, id) WHERE state IN ('prepared', 'claimed', 'dot_committed');
CREATE INDEX deliveries_case ON deliveries (case_id, created_at, id);

CREATE TABLE journal (
    sequence INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,
    actor TEXT NOT NULL,
    kind TEXT NOT NULL,
    case_id TEXT,
    letter_id TEXT,
    details TEXT NOT NULL,
    previous_hash TEXT NOT NULL,
    hash TEXT NOT NULL
) STRICT;
CREATE INDEX journal_case ON journal (case_id, sequence) WHERE case_id IS NOT NULL;

CREATE TABLE journal_head (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    sequence INTEGER NOT NULL,
    hash TEXT NOT NULL
) STRICT;
INSERT INTO journal_head (id, sequence, hash) VALUES (1, 0, '');

CREATE TABLE counters (
    name TEXT PRIMARY KEY,
    value INTEGER NOT NULL
) STRICT;
INSERT INTO counters (name, value) VALUES ('case', 0), ('extract', 0);

-- The billing extract. Rows belong to one import; `current` says which import readers see.
CREATE TABLE extracts (
    id INTEGER PRIMARY KEY,
    digest TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('loading', 'current', 'retired')),
    started_at INTEGER NOT NULL,
    loaded_at INTEGER,
    accounts INTEGER NOT NULL,
    account_rows INTEGER NOT NULL
) STRICT;

CREATE TABLE accounts (
    extract_id INTEGER NOT NULL REFERENCES extracts (id),
    account_number TEXT NOT NULL,
    email_key TEXT,
    phone_key TEXT,
    street_key TEXT,
    data TEXT NOT NULL,
    PRIMARY KEY (extract_id, account_number)
) STRICT, WITHOUT ROWID;
CREATE INDEX accounts_email ON accounts (extract_id, email_key) WHERE email_key IS NOT NULL;
CREATE INDEX accounts_phone ON accounts (extract_id, phone_key) WHERE phone_key IS NOT NULL;
CREATE INDEX accounts_street ON accounts (extract_id, street_key) WHERE street_key IS NOT NULL;

-- Everything else of the extract, by account: kind is the file's name without its ending.
CREATE TABLE account_rows (
    extract_id INTEGER NOT NULL REFERENCES extracts (id),
    account_number TEXT NOT NULL,
    kind TEXT NOT NULL,
    row_key TEXT NOT NULL,
    email_key TEXT,
    data TEXT NOT NULL,
    PRIMARY KEY (extract_id, account_number, kind, row_key)
) STRICT, WITHOUT ROWID;
CREATE INDEX account_rows_email ON account_rows (extract_id, email_key) WHERE email_key IS NOT NULL;

-- Rules that hold whatever the program does.
CREATE TRIGGER approvals_four_eyes BEFORE INSERT ON approvals
WHEN EXISTS (SELECT 1 FROM revision_authors
             WHERE revision_id = NEW.revision_id AND user_id = NEW.approver_id)
BEGIN SELECT RAISE(ABORT, 'four eyes: nobody approves a revision they wrote'); END;

CREATE TRIGGER approvals_by_supervisors BEFORE INSERT ON approvals
WHEN NOT EXISTS (SELECT 1 FROM users
                 WHERE id = NEW.approver_id AND role = 'supervisor' AND disabled_at IS NULL)
BEGIN SELECT RAISE(ABORT, 'only an active supervisor approves'); END;

CREATE TRIGGER revision_authors_before_approval BEFORE INSERT ON revision_authors
WHEN EXISTS (SELECT 1 FROM approvals WHERE revision_id = NEW.revision_id AND approver_id = NEW.user_id)
BEGIN SELECT RAISE(ABORT, 'four eyes: nobody writes a revision they approved'); END;

CREATE TRIGGER revision_authors_stay BEFORE DELETE ON revision_authors
BEGIN SELECT RAISE(ABORT, 'authors of a revision are never removed'); END;

CREATE TRIGGER revision_authors_fixed BEFORE UPDATE ON revision_authors
BEGIN SELECT RAISE(ABORT, 'authors of a revision never change'); END;

CREATE TRIGGER revisions_fixed BEFORE UPDATE ON revisions
BEGIN SELECT RAISE(ABORT, 'a revision never changes'); END;

CREATE TRIGGER revisions_stay BEFORE DELETE ON revisions
BEGIN SELECT RAISE(ABORT, 'a revision is never deleted'); END;

CREATE TRIGGER approvals_fixed BEFORE UPDATE ON approvals
BEGIN SELECT RAISE(ABORT, 'an approval never changes'); END;

CREATE TRIGGER approvals_stay BEFORE DELETE ON approvals
BEGIN SELECT RAISE(ABORT, 'an approval is never deleted'); END;

CREATE TRIGGER deliveries_frozen BEFORE UPDATE OF bytes, bytes_digest, recipient, message_id, revision_id ON deliveries
BEGIN SELECT RAISE(ABORT, 'an approved message never changes'); END;

CREATE TRIGGER journal_fixed BEFORE UPDATE ON journal
BEGIN SELECT RAISE(ABORT, 'the journal is only appended to'); END;

CREATE TRIGGER journal_stays BEFORE DELETE ON journal
BEGIN SELECT RAISE(ABORT, 'the journal is only appended to'); END;

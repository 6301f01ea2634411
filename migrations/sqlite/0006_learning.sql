-- What the classifier said of letters, what people say of them, and the models that learn from it.

-- One row for each letter that was classified; the margin is the distance between the likeliest
-- and the next topic, in thousandths.
CREATE TABLE judgements (
    letter_id TEXT PRIMARY KEY REFERENCES letters (id),
    judged_at INTEGER NOT NULL,
    model TEXT NOT NULL,
    topic TEXT NOT NULL,
    unsure INTEGER NOT NULL,
    margin INTEGER NOT NULL
) STRICT;
CREATE INDEX judgements_judged_at ON judgements (judged_at, unsure, letter_id);

-- What a letter is about, as somebody answers for it: the newest word of a supervisor. Sequences
-- count every word, so that what came after a training is known.
CREATE TABLE labels (
    letter_id TEXT PRIMARY KEY REFERENCES letters (id),
    sequence INTEGER NOT NULL UNIQUE,
    topics TEXT NOT NULL CHECK (topics <> ''),
    flags TEXT NOT NULL,
    said TEXT NOT NULL,
    source TEXT NOT NULL CHECK (source IN ('approved', 'supervisor')),
    person_id TEXT NOT NULL REFERENCES users (id),
    labelled_at INTEGER NOT NULL
) STRICT;
CREATE INDEX labels_labelled_at ON labels (labelled_at, letter_id);

-- Models that were learned; without a current one the starting model judges. The bytes of old
-- ones are dropped in time, what they came to stays.
CREATE TABLE models (
    version INTEGER PRIMARY KEY,
    state TEXT NOT NULL CHECK (state IN ('current', 'refused', 'retired')),
    digest TEXT NOT NULL,
    size_bytes INTEGER NOT NULL,
    starting_letters INTEGER NOT NULL,
    labels INTEGER NOT NULL,
    labels_until INTEGER NOT NULL,
    comparison TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    bytes BLOB
) STRICT;
CREATE UNIQUE INDEX models_current ON models (state) WHERE state = 'current';

-- Who trains now, up to which label was trained, and whether a person chose the model.
CREATE TABLE learning (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    trained_until INTEGER NOT NULL,
    pinned_at INTEGER,
    lease_owner TEXT,
    lease_until INTEGER
) STRICT;
INSERT INTO learning (id, trained_until) VALUES (1, 0);
INSERT INTO counters (name, value) VALUES ('label', 0), ('model', 0);

-- Replies that went out, by when: past letters with their replies are looked up in that order.
CREATE INDEX deliveries_sent ON deliveries (settled_at, id) WHERE state = 'sent';

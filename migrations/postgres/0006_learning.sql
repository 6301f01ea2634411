-- What the classifier said of letters, what people say of them, and the models that learn from it.

-- One row for each letter that was classified; the margin is the distance between the likeliest
-- and the next topic, in thousandths.
CREATE TABLE judgements (
    letter_id TEXT PRIMARY KEY REFERENCES letters (id),
    judged_at BIGINT NOT NULL,
    model TEXT NOT NULL,
    topic TEXT NOT NULL,
    unsure BOOLEAN NOT NULL,
    margin BIGINT NOT NULL
);
CREATE INDEX judgements_judged_at ON judgements (judged_at, unsure, letter_id);

-- What a letter is about, as somebody answers for it: the newest word of a supervisor. Sequences
-- count every word, so that what came after a training is known.
CREATE TABLE labels (
    letter_id TEXT PRIMARY KEY REFERENCES letters (id),
    sequence BIGINT NOT NULL UNIQUE,
    topics TEXT NOT NULL CHECK (topics <> ''),
    flags TEXT NOT NULL,
    said TEXT NOT NULL,
    source TEXT NOT NULL CHECK (source IN ('approved', 'supervisor')),
    person_id TEXT NOT NULL REFERENCES users (id),
    labelled_at BIGINT NOT NULL
);
CREATE INDEX labels_labelled_at ON labels (labelled_at, letter_id);

-- Models that were learned; without a current one the starting model judges. The bytes of old
-- ones are dropped in time, what they came to stays.
CREATE TABLE models (
    version BIGINT PRIMARY KEY,
    state TEXT NOT NULL CHECK (state IN ('current', 'refused', 'retired')),
    digest TEXT NOT NULL,
    size_bytes BIGINT NOT NULL,
    starting_letters BIGINT NOT NULL,
    labels BIGINT NOT NULL,
    labels_until BIGINT NOT NULL,
    comparison TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    bytes BYTEA
);
CREATE UNIQUE INDEX models_current ON models (state) WHERE state = 'current';

-- Who trains now, up to which label was trained, and whether a person chose the model.
CREATE TABLE learning (
    id BIGINT PRIMARY KEY CHECK (id = 1),
    trained_until BIGINT NOT NULL,
    pinned_at BIGINT,
    lease_owner TEXT,
    lease_until BIGINT
);
INSERT INTO learning (id, trained_until) VALUES (1, 0);
INSERT INTO counters (name, value) VALUES ('label', 0), ('model', 0);

-- Replies that went out, by when: past letters with their replies are looked up in that order.
CREATE INDEX deliveries_sent ON deliveries (settled_at, id) WHERE state = 'sent';

-- Scanned letters: whether one still waits for the converters, and what they found on its pages.

ALTER TABLE letters ADD COLUMN converting TEXT CHECK (converting IN ('pending', 'done'));
CREATE INDEX letters_to_convert ON letters (due_at, id) WHERE converting = 'pending';

CREATE TABLE scans (
    letter_id TEXT PRIMARY KEY REFERENCES letters (id),
    pages_in BIGINT NOT NULL,
    problems TEXT NOT NULL
);

-- The image is missing where another letter shows it: on the pages of a batch that was parted.
CREATE TABLE pages (
    letter_id TEXT NOT NULL REFERENCES scans (letter_id),
    number BIGINT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('letter', 'blank', 'separator', 'rejected')),
    source TEXT NOT NULL CHECK (source IN ('text_layer', 'ocr', 'none')),
    rotation BIGINT NOT NULL,
    width BIGINT NOT NULL,
    height BIGINT NOT NULL,
    text TEXT NOT NULL,
    words TEXT NOT NULL,
    image BYTEA,
    PRIMARY KEY (letter_id, number)
);

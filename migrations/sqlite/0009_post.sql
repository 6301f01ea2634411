-- Replies by post: how a revision goes out, and the batches in which letters are printed.

ALTER TABLE revisions ADD COLUMN channel TEXT NOT NULL DEFAULT 'email' CHECK (channel IN ('email', 'post'));
ALTER TABLE revisions ADD COLUMN large_print INTEGER NOT NULL DEFAULT 0;

CREATE TABLE print_batches (
    number INTEGER PRIMARY KEY,
    made_by TEXT NOT NULL REFERENCES users (id),
    made_at INTEGER NOT NULL,
    mailed_at INTEGER
) STRICT;
INSERT INTO counters (name, value) VALUES ('print_batch', 0);

ALTER TABLE deliveries ADD COLUMN channel TEXT NOT NULL DEFAULT 'email' CHECK (channel IN ('email', 'post'));
ALTER TABLE deliveries ADD COLUMN pages INTEGER;
ALTER TABLE deliveries ADD COLUMN print_batch INTEGER REFERENCES print_batches (number);
CREATE INDEX deliveries_to_print ON deliveries (created_at, id) WHERE channel = 'post' AND state = 'prepared';
CREATE INDEX deliveries_printed ON deliveries (print_batch) WHERE print_batch IS NOT NULL;

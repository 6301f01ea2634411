-- What each source holds against what is stored of it, and whether it works: so that nothing is
-- unaccounted for. Counters are kept with the arrivals, so that nobody has to count them.

CREATE TABLE sources (
    name TEXT PRIMARY KEY CHECK (name <> ''),
    first_seen_at INTEGER NOT NULL,
    arrivals INTEGER NOT NULL DEFAULT 0,
    last_arrival_at INTEGER,
    held INTEGER,
    stored INTEGER,
    looked_at INTEGER,
    failing_since INTEGER,
    failure TEXT,
    silent_after_seconds INTEGER,
    failing_after_seconds INTEGER,
    token_ends_at INTEGER,
    token_alarm_seconds INTEGER
) STRICT;

INSERT INTO sources (name, first_seen_at, arrivals, last_arrival_at)
SELECT source, min(arrived_at), count(*), max(arrived_at) FROM arrivals GROUP BY source;

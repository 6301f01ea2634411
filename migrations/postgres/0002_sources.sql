-- What each source holds against what is stored of it, and whether it works: so that nothing is
-- unaccounted for. Counters are kept with the arrivals, so that nobody has to count them.

CREATE TABLE sources (
    name TEXT PRIMARY KEY CHECK (name <> ''),
    first_seen_at BIGINT NOT NULL,
    arrivals BIGINT NOT NULL DEFAULT 0,
    last_arrival_at BIGINT,
    held BIGINT,
    stored BIGINT,
    looked_at BIGINT,
    failing_since BIGINT,
    failure TEXT,
    silent_after_seconds BIGINT,
    failing_after_seconds BIGINT,
    token_ends_at BIGINT,
    token_alarm_seconds BIGINT
);

INSERT INTO sources (name, first_seen_at, arrivals, last_arrival_at)
SELECT source, min(arrived_at), count(*), max(arrived_at) FROM arrivals GROUP BY source;

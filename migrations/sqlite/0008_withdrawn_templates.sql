-- Templates that are used no more, by name and version: `en/dispute`, 3. A newer version is not
-- withdrawn with it.

CREATE TABLE withdrawn_templates (
    name TEXT NOT NULL CHECK (name <> ''),
    version INTEGER NOT NULL,
    reason TEXT NOT NULL,
    withdrawn_at INTEGER NOT NULL,
    PRIMARY KEY (name, version)
) STRICT, WITHOUT ROWID;

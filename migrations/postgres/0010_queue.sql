-- The queue at a million cases: those in work in their order, and all in theirs, without sorting.

CREATE INDEX cases_in_work ON cases (urgent, due_at, id) WHERE state IN ('open', 'claimed', 'submitted', 'undelivered');
CREATE INDEX cases_due ON cases (urgent, due_at, id);

-- Writes down when a worker took up a delivery; the application itself does not need to know.
CREATE TABLE IF NOT EXISTS bench_started (event_id bigint, started_at timestamptz);

CREATE OR REPLACE FUNCTION bench_note_start() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO bench_started VALUES (new.event_id, clock_timestamp());
    RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER bench_started AFTER UPDATE OF attempts ON events_delivery
FOR EACH ROW WHEN (old.attempts = 0 AND new.attempts = 1 AND new.event_id IS NOT NULL)
EXECUTE FUNCTION bench_note_start();

TRUNCATE bench_started;

-- What the measurements before this one left to do is not to be done now.
UPDATE events_event SET dispatched_at = now() WHERE dispatched_at IS NULL;

-- SPDX-License-Identifier: BSD-3-Clause
--
-- The meeting place of several sensors' machines (docs/several-sensors.md). Into an empty database in UTF-8, by its owner:
--
--   psql -v ON_ERROR_STOP=1 -f sinkhole.sql sinkhole
--
-- Each machine has a role of its own, in the group sinkhole_sensor: it may send its own rows and read nothing. Who is in
-- sinkhole_reader reads all and writes nothing.

BEGIN;

DO $$
BEGIN
	CREATE ROLE sinkhole_sensor NOLOGIN;
EXCEPTION WHEN duplicate_object THEN NULL;
END $$;
DO $$
BEGIN
	CREATE ROLE sinkhole_reader NOLOGIN;
EXCEPTION WHEN duplicate_object THEN NULL;
END $$;

CREATE SCHEMA sinkhole;

-- What else a role may write into, where it is not kept from it: nothing here needs it. Who is no superuser gets warnings
-- for the large objects, and leaves them open.
DO $$
BEGIN
	EXECUTE format('REVOKE TEMPORARY ON DATABASE %I FROM PUBLIC', current_database());
END $$;
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
REVOKE EXECUTE ON FUNCTION lo_creat(integer), lo_create(oid), lo_from_bytea(oid, bytea) FROM PUBLIC;

-- What sensors send is as hostile as what a log holds: bounded here, so that no sum leaves the range of a number, and no
-- row takes more than 16 KiB.
CREATE DOMAIN sinkhole.word AS text COLLATE "C" NOT NULL CHECK (octet_length(VALUE) <= 128);
CREATE DOMAIN sinkhole.phrase AS text COLLATE "C" NOT NULL CHECK (octet_length(VALUE) <= 1024);
CREATE DOMAIN sinkhole.line AS text COLLATE "C" NOT NULL CHECK (octet_length(VALUE) <= 4096);
CREATE DOMAIN sinkhole.number AS bigint NOT NULL CHECK (VALUE BETWEEN 0 AND 9007199254740992);
CREATE DOMAIN sinkhole.flag AS smallint NOT NULL CHECK (VALUE IN (0, 1));
CREATE DOMAIN sinkhole.small AS smallint NOT NULL CHECK (VALUE BETWEEN 0 AND 255);

-- One sensor's machine. Its number is a bigint, since whoever begins a push and takes it back has used one up. `generation` is its store's; `number` of its pushes in that generation, `push` of all; `began` is
-- the first push of the generation, `reset` the one with which an older generation's rows went. `rows` of it are here, at
-- most `quota` (allow() changes it); so many had no room and were `refused`, each time that they came.
CREATE TABLE sinkhole.origin (
	origin bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	name text NOT NULL UNIQUE CHECK (octet_length(name) < 64),
	generation text NOT NULL CHECK (octet_length(generation) <= 64),
	number bigint NOT NULL DEFAULT 0,
	push bigint NOT NULL DEFAULT 0,
	began bigint NOT NULL DEFAULT 1,
	reset bigint NOT NULL DEFAULT 0,
	complete boolean NOT NULL DEFAULT false,
	rows bigint NOT NULL DEFAULT 0,
	quota bigint NOT NULL DEFAULT 1000000,
	refused bigint NOT NULL DEFAULT 0,
	pushed_at timestamptz NOT NULL DEFAULT now()
);
-- Numbers of another database are others: the machine that asks sees that it is a new one.
DO $$
BEGIN
	PERFORM setval(pg_get_serial_sequence('sinkhole.origin', 'origin'), (random() * 1000000000)::integer + 1);
END $$;

-- Which machine first sent a sensor of this name. Another one that sends it too is shown as a sensor of its own: it cannot
-- speak for the first one.
CREATE TABLE sinkhole.observer (
	writer sinkhole.word, observer sinkhole.phrase, origin bigint NOT NULL,
	PRIMARY KEY (writer, observer)
);
-- The sensors of each machine, its own or not.
CREATE TABLE sinkhole.sensor (
	origin bigint NOT NULL, writer sinkhole.word, observer sinkhole.phrase,
	PRIMARY KEY (origin, writer, observer)
);

-- Rows of the store (docs/store.md), each with whose it is and with which of its pushes it came: no two machines write the
-- same row, so that none waits for another one. A key that could be long is known by the SHA-256 of its texts as one array,
-- which is made here: a sender cannot choose it.
CREATE TABLE sinkhole.profile (
	digest bytea NOT NULL, origin bigint NOT NULL,
	family sinkhole.word, channel sinkhole.word, details sinkhole.line, fields sinkhole.phrase, text sinkhole.phrase,
	PRIMARY KEY (digest, origin)
);
CREATE TABLE sinkhole.sighting (
	host sinkhole.word, digest bytea NOT NULL, origin bigint NOT NULL, push bigint NOT NULL,
	campaign sinkhole.word, claimed sinkhole.flag, fact sinkhole.small, drill sinkhole.small, object sinkhole.phrase,
	detail sinkhole.line, action sinkhole.word, marks sinkhole.number, mark_words sinkhole.phrase, agent sinkhole.phrase,
	rule sinkhole.phrase, proxy sinkhole.word, other sinkhole.word, page sinkhole.phrase, profile bytea,
	feed_line sinkhole.number, first sinkhole.number, last sinkhole.number, count sinkhole.number,
	PRIMARY KEY (host, digest, origin)
);
CREATE TABLE sinkhole.moment (
	host sinkhole.word, campaign sinkhole.word, claimed sinkhole.flag, fact sinkhole.small, drill sinkhole.small,
	part sinkhole.small, origin bigint NOT NULL, push bigint NOT NULL,
	times bytea NOT NULL CHECK (octet_length(times) <= 384 AND octet_length(times) % 6 = 0),
	PRIMARY KEY (host, campaign, claimed, fact, drill, part, origin)
);
CREATE TABLE sinkhole.claim (
	claimed sinkhole.word, host sinkhole.word, campaign sinkhole.word, origin bigint NOT NULL, push bigint NOT NULL,
	first sinkhole.number, last sinkhole.number, count sinkhole.number,
	PRIMARY KEY (host, claimed, campaign, origin)
);
CREATE TABLE sinkhole.real (
	host sinkhole.word, digest bytea NOT NULL, origin bigint NOT NULL, push bigint NOT NULL,
	campaign sinkhole.word, name sinkhole.phrase, addresses sinkhole.phrase,
	first sinkhole.number, last sinkhole.number, count sinkhole.number,
	PRIMARY KEY (host, digest, origin)
);
CREATE TABLE sinkhole.shown (
	host sinkhole.word, place sinkhole.number, origin bigint NOT NULL, push bigint NOT NULL,
	reference sinkhole.word, "time" sinkhole.number,
	PRIMARY KEY (host, place, origin)
);
CREATE TABLE sinkhole.run (
	start sinkhole.word, writer sinkhole.word, origin bigint NOT NULL, push bigint NOT NULL,
	observer sinkhole.phrase, first sinkhole.number, last sinkhole.number, last_event sinkhole.number,
	events sinkhole.number, state_time sinkhole.number, reason sinkhole.word, version sinkhole.word,
	boot_id sinkhole.word, clock_synchronised sinkhole.small, clock_offset_ms bigint NOT NULL,
	written sinkhole.number, lost sinkhole.number, mode sinkhole.word, drill sinkhole.small, has_list sinkhole.flag,
	list_serial sinkhole.number, list_built sinkhole.number, list_rules sinkhole.number, list_state sinkhole.word,
	list_reason sinkhole.phrase, settings_reason sinkhole.phrase, figures sinkhole.line,
	PRIMARY KEY (start, writer, origin)
);
CREATE TABLE sinkhole.ring (
	start sinkhole.word, writer sinkhole.word, ring sinkhole.word, origin bigint NOT NULL, push bigint NOT NULL,
	low sinkhole.number, high sinkhole.number, seen sinkhole.number,
	PRIMARY KEY (start, writer, ring, origin)
);
-- A domain's NOT NULL holds only where a value is made one of it. Rows that are sent have the domains' types already, and
-- a query that finds nothing gives a NULL of them: what each table refuses by itself.
DO $$
DECLARE
	it record;
BEGIN
	FOR it IN SELECT a.attrelid::regclass AS name, a.attname AS column FROM pg_attribute AS a
		JOIN pg_class AS c ON c.oid = a.attrelid JOIN pg_type AS t ON t.oid = a.atttypid
		WHERE c.relkind = 'r' AND c.relnamespace = 'sinkhole'::regnamespace AND t.typtype = 'd' AND a.attnum > 0
			AND NOT a.attnotnull LOOP
		EXECUTE format('ALTER TABLE %s ALTER COLUMN %I SET NOT NULL', it.name, it.column);
	END LOOP;
END $$;
CREATE INDEX ON sinkhole.sighting (origin, push);
CREATE INDEX ON sinkhole.moment (origin, push);
CREATE INDEX ON sinkhole.claim (origin, push);
CREATE INDEX ON sinkhole.real (origin, push);
CREATE INDEX ON sinkhole.shown (origin, push);
CREATE INDEX ON sinkhole.run (origin, push);
CREATE INDEX ON sinkhole.ring (origin, push);

-- Rows as they are sent, in the columns of sinkhole/store/shared_rows.c.
CREATE TYPE sinkhole.sighting_row AS (
	host sinkhole.word, campaign sinkhole.word, claimed sinkhole.flag, fact sinkhole.small, drill sinkhole.small,
	object sinkhole.phrase, detail sinkhole.line, action sinkhole.word, marks sinkhole.number,
	mark_words sinkhole.phrase, agent sinkhole.phrase, rule sinkhole.phrase, proxy sinkhole.word,
	other sinkhole.word, page sinkhole.phrase, feed_line sinkhole.number, first sinkhole.number,
	last sinkhole.number, count sinkhole.number, family text, channel text, details text, fields text, text text
);
CREATE TYPE sinkhole.moment_row AS (
	host sinkhole.word, campaign sinkhole.word, claimed sinkhole.flag, fact sinkhole.small, drill sinkhole.small,
	part sinkhole.small, times bytea
);
CREATE TYPE sinkhole.claim_row AS (
	claimed sinkhole.word, host sinkhole.word, campaign sinkhole.word, first sinkhole.number, last sinkhole.number,
	count sinkhole.number
);
CREATE TYPE sinkhole.real_row AS (
	host sinkhole.word, campaign sinkhole.word, name sinkhole.phrase, addresses sinkhole.phrase,
	first sinkhole.number, last sinkhole.number, count sinkhole.number
);
CREATE TYPE sinkhole.shown_row AS (
	host sinkhole.word, place sinkhole.number, reference sinkhole.word, "time" sinkhole.number
);
CREATE TYPE sinkhole.run_row AS (
	start sinkhole.word, writer sinkhole.word, observer sinkhole.phrase, first sinkhole.number, last sinkhole.number,
	last_event sinkhole.number, events sinkhole.number, state_time sinkhole.number, reason sinkhole.word,
	version sinkhole.word, boot_id sinkhole.word, clock_synchronised sinkhole.small, clock_offset_ms bigint,
	written sinkhole.number, lost sinkhole.number, mode sinkhole.word, drill sinkhole.small, has_list sinkhole.flag,
	list_serial sinkhole.number, list_built sinkhole.number, list_rules sinkhole.number, list_state sinkhole.word,
	list_reason sinkhole.phrase, settings_reason sinkhole.phrase, figures sinkhole.line
);
CREATE TYPE sinkhole.ring_row AS (
	start sinkhole.word, writer sinkhole.word, ring sinkhole.word, low sinkhole.number, high sinkhole.number,
	seen sinkhole.number
);

-- Begins a push of the session's role and returns the number of the last one of this generation that is here. Until the
-- transaction ends no other push of the role can begin.
CREATE FUNCTION sinkhole.push_begin(its_generation text) RETURNS bigint
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
	AS $$
DECLARE
	it sinkhole.origin;
BEGIN
	-- First, since an INSERT takes a number from the sequence even where it inserts nothing.
	SELECT * INTO it FROM sinkhole.origin WHERE name = session_user FOR UPDATE;
	IF NOT FOUND THEN
		INSERT INTO sinkhole.origin (name, generation) VALUES (session_user, its_generation) ON CONFLICT (name) DO NOTHING;
		SELECT * INTO STRICT it FROM sinkhole.origin WHERE name = session_user FOR UPDATE;
	END IF;
	IF it.generation = its_generation THEN
		RETURN it.number;
	END IF;
	UPDATE sinkhole.origin SET generation = its_generation, number = 0, began = it.push + 1, complete = false
		WHERE origin = it.origin;
	RETURN 0;
END $$;

-- What the functions below begin and end with: the machine, whose next push can now be of nobody else, and what came of
-- its rows. A new row needs room, one that is here is changed all the same.
CREATE FUNCTION sinkhole.pushing(count integer) RETURNS sinkhole.origin
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
	AS $$
DECLARE
	it sinkhole.origin;
BEGIN
	IF count > 10000 THEN
		RAISE EXCEPTION 'more than 10000 rows at a time';
	END IF;
	SELECT * INTO STRICT it FROM sinkhole.origin WHERE name = session_user FOR UPDATE;
	RETURN it;
END $$;
CREATE FUNCTION sinkhole.pushed(its_origin bigint, added bigint, over bigint) RETURNS void
	LANGUAGE sql SET search_path = pg_catalog, pg_temp
	AS $$
	UPDATE sinkhole.origin SET rows = rows + added, refused = refused + over
		WHERE origin = its_origin AND (added > 0 OR over > 0);
$$;

-- Rows of a push. They go by an array and not by a table to write into, since PostgreSQL has no limit for that one.
CREATE FUNCTION sinkhole.push_sighting(its_rows sinkhole.sighting_row[]) RETURNS void
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
	AS $$
DECLARE
	it sinkhole.origin := sinkhole.pushing(cardinality(its_rows));
	is_full boolean := it.rows + cardinality(its_rows) > it.quota;
	added bigint;
	taken bigint;
BEGIN
	WITH r AS MATERIALIZED (
		SELECT r.*, sha256(convert_to(ARRAY[campaign, claimed::text, fact::text, drill::text, object, detail, action,
				marks::text, mark_words, agent, rule, proxy, other, page, family, channel, details, fields,
				text]::text, 'UTF8')) AS digest,
			CASE WHEN family IS NOT NULL THEN
				sha256(convert_to(ARRAY[family, channel, details, fields, text]::text, 'UTF8')) END AS profile
		FROM unnest(its_rows) AS r
	), fit AS MATERIALIZED (
		SELECT * FROM r WHERE NOT is_full OR EXISTS (SELECT FROM sinkhole.sighting AS k
			WHERE k.host = r.host AND k.digest = r.digest AND k.origin = it.origin)
	), profiles AS (
		INSERT INTO sinkhole.profile (digest, origin, family, channel, details, fields, text)
		SELECT DISTINCT profile, it.origin, family, channel, details, fields, text FROM fit WHERE profile IS NOT NULL
		ON CONFLICT DO NOTHING
		RETURNING 1
	), put AS (
		INSERT INTO sinkhole.sighting (host, digest, origin, push, campaign, claimed, fact, drill, object, detail, action,
			marks, mark_words, agent, rule, proxy, other, page, profile, feed_line, first, last, count)
		SELECT host, digest, it.origin, it.push + 1, campaign, claimed, fact, drill, object, detail, action, marks,
			mark_words, agent, rule, proxy, other, page, profile, feed_line, first, last, count
		FROM fit
		ON CONFLICT (host, digest, origin) DO UPDATE SET push = excluded.push, feed_line = excluded.feed_line,
			first = excluded.first, last = excluded.last, count = excluded.count
		RETURNING xmax = 0 AS is_new
	)
	SELECT count(*) FILTER (WHERE is_new) + (SELECT count(*) FROM profiles), count(*) INTO added, taken FROM put;
	PERFORM sinkhole.pushed(it.origin, added, cardinality(its_rows) - taken);
END $$;
CREATE FUNCTION sinkhole.push_moment(its_rows sinkhole.moment_row[]) RETURNS void
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
	AS $$
DECLARE
	it sinkhole.origin := sinkhole.pushing(cardinality(its_rows));
	is_full boolean := it.rows + cardinality(its_rows) > it.quota;
	added bigint;
	taken bigint;
BEGIN
	WITH put AS (
		INSERT INTO sinkhole.moment (host, campaign, claimed, fact, drill, part, times, origin, push)
		SELECT host, campaign, claimed, fact, drill, part, times, it.origin, it.push + 1 FROM unnest(its_rows) AS r
		WHERE (NOT is_full OR EXISTS (SELECT FROM sinkhole.moment AS k
			WHERE k.host = r.host AND k.campaign = r.campaign AND k.claimed = r.claimed AND k.fact = r.fact
			AND k.drill = r.drill AND k.part = r.part AND k.origin = it.origin))
		ON CONFLICT (host, campaign, claimed, fact, drill, part, origin) DO UPDATE SET push = excluded.push,
			times = excluded.times
		RETURNING xmax = 0 AS is_new
	)
	SELECT count(*) FILTER (WHERE is_new), count(*) INTO added, taken FROM put;
	PERFORM sinkhole.pushed(it.origin, added, cardinality(its_rows) - taken);
END $$;
CREATE FUNCTION sinkhole.push_claim(its_rows sinkhole.claim_row[]) RETURNS void
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
	AS $$
DECLARE
	it sinkhole.origin := sinkhole.pushing(cardinality(its_rows));
	is_full boolean := it.rows + cardinality(its_rows) > it.quota;
	added bigint;
	taken bigint;
BEGIN
	WITH put AS (
		INSERT INTO sinkhole.claim (claimed, host, campaign, first, last, count, origin, push)
		SELECT claimed, host, campaign, first, last, count, it.origin, it.push + 1 FROM unnest(its_rows) AS r
		WHERE (NOT is_full OR EXISTS (SELECT FROM sinkhole.claim AS k
			WHERE k.host = r.host AND k.claimed = r.claimed AND k.campaign = r.campaign AND k.origin = it.origin))
		ON CONFLICT (host, claimed, campaign, origin) DO UPDATE SET push = excluded.push, first = excluded.first, last = excluded.last,
			count = excluded.count
		RETURNING xmax = 0 AS is_new
	)
	SELECT count(*) FILTER (WHERE is_new), count(*) INTO added, taken FROM put;
	PERFORM sinkhole.pushed(it.origin, added, cardinality(its_rows) - taken);
END $$;
CREATE FUNCTION sinkhole.push_real(its_rows sinkhole.real_row[]) RETURNS void
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
	AS $$
DECLARE
	it sinkhole.origin := sinkhole.pushing(cardinality(its_rows));
	is_full boolean := it.rows + cardinality(its_rows) > it.quota;
	added bigint;
	taken bigint;
BEGIN
	WITH r AS MATERIALIZED (
		SELECT r.*, sha256(convert_to(ARRAY[campaign, name, addresses]::text, 'UTF8')) AS digest FROM unnest(its_rows) AS r
	), put AS (
		INSERT INTO sinkhole.real (host, digest, origin, push, campaign, name, addresses, first, last, count)
		SELECT host, digest, it.origin, it.push + 1, campaign, name, addresses, first, last, count FROM r
		WHERE NOT is_full OR EXISTS (SELECT FROM sinkhole.real AS k
			WHERE k.host = r.host AND k.digest = r.digest AND k.origin = it.origin)
		ON CONFLICT (host, digest, origin) DO UPDATE SET push = excluded.push, first = excluded.first, last = excluded.last,
			count = excluded.count
		RETURNING xmax = 0 AS is_new
	)
	SELECT count(*) FILTER (WHERE is_new), count(*) INTO added, taken FROM put;
	PERFORM sinkhole.pushed(it.origin, added, cardinality(its_rows) - taken);
END $$;
CREATE FUNCTION sinkhole.push_shown(its_rows sinkhole.shown_row[]) RETURNS void
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
	AS $$
DECLARE
	it sinkhole.origin := sinkhole.pushing(cardinality(its_rows));
	is_full boolean := it.rows + cardinality(its_rows) > it.quota;
	added bigint;
	taken bigint;
BEGIN
	WITH put AS (
		INSERT INTO sinkhole.shown (host, place, reference, "time", origin, push)
		SELECT host, place, reference, "time", it.origin, it.push + 1 FROM unnest(its_rows) AS r
		WHERE (NOT is_full OR EXISTS (SELECT FROM sinkhole.shown AS k
			WHERE k.host = r.host AND k.place = r.place AND k.origin = it.origin))
		ON CONFLICT (host, place, origin) DO UPDATE SET push = excluded.push, reference = excluded.reference,
			"time" = excluded."time"
		RETURNING xmax = 0 AS is_new
	)
	SELECT count(*) FILTER (WHERE is_new), count(*) INTO added, taken FROM put;
	PERFORM sinkhole.pushed(it.origin, added, cardinality(its_rows) - taken);
END $$;
-- What a machine says of its sensors has room of its own: one that is full must not look dead. It has 200 sensors at most.
-- Another machine whose push is under way may have a sensor of the same name: nobody waits for it long.
CREATE FUNCTION sinkhole.push_run(its_rows sinkhole.run_row[]) RETURNS void
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET lock_timeout = '1s'
	AS $$
DECLARE
	it sinkhole.origin := sinkhole.pushing(cardinality(its_rows));
	is_full boolean := it.rows + cardinality(its_rows) > it.quota + 10000;
	added bigint;
	taken bigint;
BEGIN
	INSERT INTO sinkhole.sensor
		SELECT it.origin, writer, observer FROM unnest(its_rows)
		EXCEPT SELECT origin, writer, observer FROM sinkhole.sensor WHERE origin = it.origin
		LIMIT greatest(0, 200 - (SELECT count(*) FROM sinkhole.sensor WHERE origin = it.origin));
	BEGIN
		INSERT INTO sinkhole.observer SELECT writer, observer, origin FROM sinkhole.sensor WHERE origin = it.origin
			ORDER BY writer, observer ON CONFLICT DO NOTHING;
	EXCEPTION WHEN lock_not_available OR deadlock_detected THEN NULL;
	END;
	WITH put AS (
		INSERT INTO sinkhole.run (start, writer, observer, first, last, last_event, events, state_time, reason, version, boot_id,
			clock_synchronised, clock_offset_ms, written, lost, mode, drill, has_list, list_serial, list_built,
			list_rules, list_state, list_reason, settings_reason, figures, origin, push)
		SELECT start, writer, observer, first, last, last_event, events, state_time, reason, version, boot_id,
			clock_synchronised, clock_offset_ms, written, lost, mode, drill, has_list, list_serial, list_built,
			list_rules, list_state, list_reason, settings_reason, figures, it.origin, it.push + 1 FROM unnest(its_rows) AS r
		WHERE EXISTS (SELECT FROM sinkhole.sensor AS s
			WHERE s.origin = it.origin AND s.writer = r.writer AND s.observer = r.observer)
			AND (NOT is_full OR EXISTS (SELECT FROM sinkhole.run AS k
			WHERE k.start = r.start AND k.writer = r.writer AND k.origin = it.origin))
		ON CONFLICT (start, writer, origin) DO UPDATE SET push = excluded.push, observer = excluded.observer,
			first = excluded.first, last = excluded.last, last_event = excluded.last_event,
			events = excluded.events, state_time = excluded.state_time, reason = excluded.reason, version = excluded.version,
			boot_id = excluded.boot_id, clock_synchronised = excluded.clock_synchronised,
			clock_offset_ms = excluded.clock_offset_ms, written = excluded.written,
			lost = excluded.lost, mode = excluded.mode, drill = excluded.drill,
			has_list = excluded.has_list, list_serial = excluded.list_serial,
			list_built = excluded.list_built, list_rules = excluded.list_rules,
			list_state = excluded.list_state, list_reason = excluded.list_reason,
			settings_reason = excluded.settings_reason, figures = excluded.figures
		RETURNING xmax = 0 AS is_new
	)
	SELECT count(*) FILTER (WHERE is_new), count(*) INTO added, taken FROM put;
	PERFORM sinkhole.pushed(it.origin, added, cardinality(its_rows) - taken);
END $$;
CREATE FUNCTION sinkhole.push_ring(its_rows sinkhole.ring_row[]) RETURNS void
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
	AS $$
DECLARE
	it sinkhole.origin := sinkhole.pushing(cardinality(its_rows));
	is_full boolean := it.rows + cardinality(its_rows) > it.quota + 10000;
	added bigint;
	taken bigint;
BEGIN
	WITH put AS (
		INSERT INTO sinkhole.ring (start, writer, ring, low, high, seen, origin, push)
		SELECT start, writer, ring, low, high, seen, it.origin, it.push + 1 FROM unnest(its_rows) AS r
		WHERE (NOT is_full OR EXISTS (SELECT FROM sinkhole.ring AS k
			WHERE k.start = r.start AND k.writer = r.writer AND k.ring = r.ring AND k.origin = it.origin))
		ON CONFLICT (start, writer, ring, origin) DO UPDATE SET push = excluded.push, low = excluded.low,
			high = excluded.high, seen = excluded.seen
		RETURNING xmax = 0 AS is_new
	)
	SELECT count(*) FILTER (WHERE is_new), count(*) INTO added, taken FROM put;
	PERFORM sinkhole.pushed(it.origin, added, cardinality(its_rows) - taken);
END $$;

-- Ends a push. With the one that leaves nothing behind, what an older generation had and this one has not goes; where that
-- makes room for what was refused, all is to be sent once more. Returns how many rows were refused.
CREATE FUNCTION sinkhole.push_end(is_last boolean) RETURNS bigint
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
	AS $$
DECLARE
	it sinkhole.origin;
	before bigint;
BEGIN
	SELECT * INTO STRICT it FROM sinkhole.origin WHERE name = session_user FOR UPDATE;
	before := it.rows;
	it.push := it.push + 1;
	IF is_last AND NOT it.complete THEN
		IF it.began > 1 THEN
			PERFORM sinkhole.forget_before(it.origin, it.began);
			it.rows := sinkhole.rows_of(it.origin);
			it.reset := it.push;
		END IF;
		it.complete := true;
	END IF;
	UPDATE sinkhole.origin SET number = it.number + 1, push = it.push, reset = it.reset, complete = it.complete,
		rows = it.rows, pushed_at = now() WHERE origin = it.origin;
	IF it.refused > 0 AND it.rows < before THEN
		PERFORM sinkhole.allow(it.name, it.quota);
	END IF;
	RETURN it.refused;
END $$;

-- Rows of one machine that came before a push.
CREATE FUNCTION sinkhole.forget_before(its_origin bigint, before bigint) RETURNS void
	LANGUAGE sql SET search_path = pg_catalog, pg_temp
	AS $$
	DELETE FROM sinkhole.sighting WHERE origin = its_origin AND push < before;
	DELETE FROM sinkhole.profile AS p WHERE origin = its_origin AND NOT EXISTS
		(SELECT FROM sinkhole.sighting AS s WHERE s.origin = p.origin AND s.profile = p.digest);
	DELETE FROM sinkhole.moment WHERE origin = its_origin AND push < before;
	DELETE FROM sinkhole.claim WHERE origin = its_origin AND push < before;
	DELETE FROM sinkhole.real WHERE origin = its_origin AND push < before;
	DELETE FROM sinkhole.shown WHERE origin = its_origin AND push < before;
	DELETE FROM sinkhole.run WHERE origin = its_origin AND push < before;
	DELETE FROM sinkhole.ring WHERE origin = its_origin AND push < before;
$$;

CREATE FUNCTION sinkhole.rows_of(its_origin bigint) RETURNS bigint
	LANGUAGE sql SET search_path = pg_catalog, pg_temp
	AS $$
	SELECT (SELECT count(*) FROM sinkhole.sighting WHERE origin = its_origin)
		+ (SELECT count(*) FROM sinkhole.profile WHERE origin = its_origin)
		+ (SELECT count(*) FROM sinkhole.moment WHERE origin = its_origin)
		+ (SELECT count(*) FROM sinkhole.claim WHERE origin = its_origin)
		+ (SELECT count(*) FROM sinkhole.real WHERE origin = its_origin)
		+ (SELECT count(*) FROM sinkhole.shown WHERE origin = its_origin)
		+ (SELECT count(*) FROM sinkhole.run WHERE origin = its_origin)
		+ (SELECT count(*) FROM sinkhole.ring WHERE origin = its_origin);
$$;

-- For the owner: how many rows a machine may have here. What was refused comes with its next push, in which it sends all
-- of its store.
CREATE FUNCTION sinkhole.allow(its_name text, its_rows bigint) RETURNS void
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
	AS $$
BEGIN
	UPDATE sinkhole.origin SET quota = its_rows, refused = 0, complete = complete AND refused = 0,
		generation = CASE WHEN refused > 0 THEN '' ELSE generation END WHERE name = its_name;
	IF NOT FOUND THEN
		RAISE EXCEPTION 'no machine of the name % has sent anything', its_name;
	END IF;
END $$;

-- For the owner: a machine that is gone for good, with all that it sent.
CREATE FUNCTION sinkhole.forget(its_name text) RETURNS void
	LANGUAGE sql SET search_path = pg_catalog, pg_temp
	AS $$
	SELECT FROM sinkhole.origin WHERE name = its_name FOR UPDATE; -- a push that is under way ends first
	SELECT sinkhole.forget_before(origin, 9223372036854775807) FROM sinkhole.origin WHERE name = its_name;
	DELETE FROM sinkhole.observer WHERE origin = (SELECT origin FROM sinkhole.origin WHERE name = its_name);
	DELETE FROM sinkhole.sensor WHERE origin = (SELECT origin FROM sinkhole.origin WHERE name = its_name);
	DELETE FROM sinkhole.origin WHERE name = its_name;
$$;

REVOKE ALL ON ALL FUNCTIONS IN SCHEMA sinkhole FROM PUBLIC;
GRANT USAGE ON SCHEMA sinkhole TO sinkhole_sensor, sinkhole_reader;
GRANT EXECUTE ON FUNCTION sinkhole.push_begin(text), sinkhole.push_sighting(sinkhole.sighting_row[]),
	sinkhole.push_moment(sinkhole.moment_row[]), sinkhole.push_claim(sinkhole.claim_row[]),
	sinkhole.push_real(sinkhole.real_row[]), sinkhole.push_shown(sinkhole.shown_row[]),
	sinkhole.push_run(sinkhole.run_row[]), sinkhole.push_ring(sinkhole.ring_row[]), sinkhole.push_end(boolean)
	TO sinkhole_sensor;
GRANT SELECT ON sinkhole.origin, sinkhole.observer, sinkhole.profile, sinkhole.sighting, sinkhole.moment, sinkhole.claim, sinkhole.real,
	sinkhole.shown, sinkhole.run, sinkhole.ring TO sinkhole_reader;

COMMIT;

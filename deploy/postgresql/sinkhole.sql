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

-- What sensors send is as hostile as what a log holds: bounded here, so that no sum leaves the range of a number.
CREATE DOMAIN sinkhole.word AS text COLLATE "C" NOT NULL CHECK (octet_length(VALUE) <= 128);
CREATE DOMAIN sinkhole.line AS text COLLATE "C" NOT NULL CHECK (octet_length(VALUE) <= 16384);
CREATE DOMAIN sinkhole.number AS bigint NOT NULL CHECK (VALUE BETWEEN 0 AND 9007199254740992);
CREATE DOMAIN sinkhole.flag AS smallint NOT NULL CHECK (VALUE IN (0, 1));
CREATE DOMAIN sinkhole.small AS smallint NOT NULL CHECK (VALUE BETWEEN 0 AND 255);

-- One sensor's machine. `generation` is its store's; `number` of its pushes in that generation, `push` of all; `began` is
-- the first push of the generation, `reset` the one with which an older generation's rows went.
CREATE TABLE sinkhole.origin (
	origin integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	name text NOT NULL UNIQUE CHECK (octet_length(name) < 64),
	generation text NOT NULL CHECK (octet_length(generation) <= 64),
	number bigint NOT NULL DEFAULT 0,
	push bigint NOT NULL DEFAULT 0,
	began bigint NOT NULL DEFAULT 1,
	reset bigint NOT NULL DEFAULT 0,
	complete boolean NOT NULL DEFAULT false,
	pushed_at timestamptz NOT NULL DEFAULT now()
);
-- Numbers of another database are others: the machine that asks sees that it is a new one.
DO $$
BEGIN
	PERFORM setval(pg_get_serial_sequence('sinkhole.origin', 'origin'), (random() * 1000000000)::integer + 1);
END $$;
CREATE TABLE sinkhole.generation (
	origin integer NOT NULL,
	generation text NOT NULL,
	PRIMARY KEY (origin, generation)
);

-- Which machine first sent a sensor of this name. Another one that sends it too is shown as a sensor of its own: it cannot
-- speak for the first one.
CREATE TABLE sinkhole.observer (
	writer sinkhole.word, observer sinkhole.line, origin integer NOT NULL,
	PRIMARY KEY (writer, observer)
);

-- Rows of the store (docs/store.md), each with whose it is and with which of its pushes it came: no two machines write the
-- same row, so that none waits for another one. A key that could be long is known by the SHA-256 of its texts as one array,
-- which is made here: a sender cannot choose it.
CREATE TABLE sinkhole.profile (
	digest bytea NOT NULL, origin integer NOT NULL,
	family sinkhole.word, channel sinkhole.word, details sinkhole.line, fields sinkhole.line, text sinkhole.line,
	PRIMARY KEY (digest, origin)
);
CREATE TABLE sinkhole.sighting (
	host sinkhole.word, digest bytea NOT NULL, origin integer NOT NULL, push bigint NOT NULL,
	campaign sinkhole.word, claimed sinkhole.flag, fact sinkhole.small, drill sinkhole.small, object sinkhole.line,
	detail sinkhole.line, action sinkhole.word, marks sinkhole.number, mark_words sinkhole.line, agent sinkhole.line,
	rule sinkhole.line, proxy sinkhole.word, other sinkhole.word, page sinkhole.line, profile bytea,
	feed_line sinkhole.number, first sinkhole.number, last sinkhole.number, count sinkhole.number,
	PRIMARY KEY (host, digest, origin)
);
CREATE TABLE sinkhole.moment (
	host sinkhole.word, campaign sinkhole.word, claimed sinkhole.flag, fact sinkhole.small, drill sinkhole.small,
	part sinkhole.small, origin integer NOT NULL, push bigint NOT NULL,
	times bytea NOT NULL CHECK (octet_length(times) <= 384 AND octet_length(times) % 6 = 0),
	PRIMARY KEY (host, campaign, claimed, fact, drill, part, origin)
);
CREATE TABLE sinkhole.claim (
	claimed sinkhole.word, host sinkhole.word, campaign sinkhole.word, origin integer NOT NULL, push bigint NOT NULL,
	first sinkhole.number, last sinkhole.number, count sinkhole.number,
	PRIMARY KEY (host, claimed, campaign, origin)
);
CREATE TABLE sinkhole.real (
	host sinkhole.word, digest bytea NOT NULL, origin integer NOT NULL, push bigint NOT NULL,
	campaign sinkhole.word, name sinkhole.line, addresses sinkhole.line,
	first sinkhole.number, last sinkhole.number, count sinkhole.number,
	PRIMARY KEY (host, digest, origin)
);
CREATE TABLE sinkhole.shown (
	host sinkhole.word, place sinkhole.number, origin integer NOT NULL, push bigint NOT NULL,
	reference sinkhole.word, "time" sinkhole.number,
	PRIMARY KEY (host, place, origin)
);
CREATE TABLE sinkhole.run (
	start sinkhole.word, writer sinkhole.word, origin integer NOT NULL, push bigint NOT NULL,
	observer sinkhole.line, first sinkhole.number, last sinkhole.number, last_event sinkhole.number,
	events sinkhole.number, state_time sinkhole.number, reason sinkhole.word, version sinkhole.word,
	boot_id sinkhole.word, clock_synchronised sinkhole.small, clock_offset_ms bigint NOT NULL,
	written sinkhole.number, lost sinkhole.number, mode sinkhole.word, drill sinkhole.small, has_list sinkhole.flag,
	list_serial sinkhole.number, list_built sinkhole.number, list_rules sinkhole.number, list_state sinkhole.word,
	list_reason sinkhole.line, settings_reason sinkhole.line, figures sinkhole.line,
	PRIMARY KEY (start, writer, origin)
);
CREATE TABLE sinkhole.ring (
	start sinkhole.word, writer sinkhole.word, ring sinkhole.word, origin integer NOT NULL, push bigint NOT NULL,
	low sinkhole.number, high sinkhole.number, seen sinkhole.number,
	PRIMARY KEY (start, writer, ring, origin)
);
CREATE INDEX ON sinkhole.sighting (origin, push);
CREATE INDEX ON sinkhole.moment (origin, push);
CREATE INDEX ON sinkhole.claim (origin, push);
CREATE INDEX ON sinkhole.real (origin, push);
CREATE INDEX ON sinkhole.shown (origin, push);
CREATE INDEX ON sinkhole.run (origin, push);
CREATE INDEX ON sinkhole.ring (origin, push);

-- Where COPY writes a push: each row bears the sender's role, which it cannot choose. Emptied in the same transaction.
CREATE UNLOGGED TABLE sinkhole.in_sighting (
	sender name NOT NULL DEFAULT session_user,
	host text, campaign text, claimed smallint, fact smallint, drill smallint, object text, detail text, action text,
	marks bigint, mark_words text, agent text, rule text, proxy text, other text, page text, feed_line bigint,
	first bigint, last bigint, count bigint, family text, channel text, details text, fields text, text text
);
CREATE UNLOGGED TABLE sinkhole.in_moment (
	sender name NOT NULL DEFAULT session_user,
	host text, campaign text, claimed smallint, fact smallint, drill smallint, part smallint, times bytea
);
CREATE UNLOGGED TABLE sinkhole.in_claim (
	sender name NOT NULL DEFAULT session_user,
	claimed text, host text, campaign text, first bigint, last bigint, count bigint
);
CREATE UNLOGGED TABLE sinkhole.in_real (
	sender name NOT NULL DEFAULT session_user,
	host text, campaign text, name text, addresses text, first bigint, last bigint, count bigint
);
CREATE UNLOGGED TABLE sinkhole.in_shown (
	sender name NOT NULL DEFAULT session_user,
	host text, place bigint, reference text, "time" bigint
);
CREATE UNLOGGED TABLE sinkhole.in_run (
	sender name NOT NULL DEFAULT session_user,
	start text, writer text, observer text, first bigint, last bigint, last_event bigint, events bigint,
	state_time bigint, reason text, version text, boot_id text, clock_synchronised smallint, clock_offset_ms bigint,
	written bigint, lost bigint, mode text, drill smallint, has_list smallint, list_serial bigint, list_built bigint,
	list_rules bigint, list_state text, list_reason text, settings_reason text, figures text
);
CREATE UNLOGGED TABLE sinkhole.in_ring (
	sender name NOT NULL DEFAULT session_user,
	start text, writer text, ring text, low bigint, high bigint, seen bigint
);

-- Begins a push of the session's role and returns the number of the last one of this generation that is here. Until the
-- transaction ends no other push of the role can begin.
CREATE FUNCTION sinkhole.push_begin(its_generation text) RETURNS bigint
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
	AS $$
DECLARE
	it sinkhole.origin;
BEGIN
	INSERT INTO sinkhole.origin (name, generation) VALUES (session_user, its_generation) ON CONFLICT (name) DO NOTHING;
	SELECT * INTO STRICT it FROM sinkhole.origin WHERE name = session_user FOR UPDATE;
	IF it.generation = its_generation THEN
		RETURN it.number;
	END IF;
	IF EXISTS (SELECT FROM sinkhole.generation AS g WHERE g.origin = it.origin AND g.generation = its_generation) THEN
		RETURN -1;
	END IF;
	INSERT INTO sinkhole.generation VALUES (it.origin, it.generation);
	UPDATE sinkhole.origin SET generation = its_generation, number = 0, began = it.push + 1, complete = false
		WHERE origin = it.origin;
	RETURN 0;
END $$;

-- Takes the rows that COPY brought. With the push that leaves nothing behind, what an older generation had and this one
-- has not goes.
CREATE FUNCTION sinkhole.push_end(is_last boolean) RETURNS void
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
	AS $$
DECLARE
	it sinkhole.origin;
	p bigint;
BEGIN
	SELECT * INTO STRICT it FROM sinkhole.origin WHERE name = session_user FOR UPDATE;
	p := it.push + 1;

	INSERT INTO sinkhole.profile
		SELECT DISTINCT sha256(convert_to(ARRAY[family, channel, details, fields, text]::text, 'UTF8')), it.origin,
			family, channel, details, fields, text
		FROM sinkhole.in_sighting WHERE sender = session_user AND family IS NOT NULL
		ON CONFLICT DO NOTHING;
	INSERT INTO sinkhole.sighting
		SELECT host, sha256(convert_to(ARRAY[campaign, claimed::text, fact::text, drill::text, object, detail, action, marks::text,
				mark_words, agent, rule, proxy, other, page, family, channel, details, fields, text]::text, 'UTF8')),
			it.origin, p, campaign, claimed, fact, drill, object, detail, action, marks, mark_words, agent, rule, proxy,
			other, page, CASE WHEN family IS NOT NULL THEN sha256(convert_to(ARRAY[family, channel, details, fields, text]::text, 'UTF8')) END,
			feed_line, first, last, count
		FROM sinkhole.in_sighting WHERE sender = session_user
		ON CONFLICT (host, digest, origin) DO UPDATE SET push = excluded.push, feed_line = excluded.feed_line,
			first = excluded.first, last = excluded.last, count = excluded.count;
	INSERT INTO sinkhole.moment
		SELECT host, campaign, claimed, fact, drill, part, it.origin, p, times
		FROM sinkhole.in_moment WHERE sender = session_user
		ON CONFLICT (host, campaign, claimed, fact, drill, part, origin) DO UPDATE SET push = excluded.push,
			times = excluded.times;
	INSERT INTO sinkhole.claim
		SELECT claimed, host, campaign, it.origin, p, first, last, count
		FROM sinkhole.in_claim WHERE sender = session_user
		ON CONFLICT (host, claimed, campaign, origin) DO UPDATE SET push = excluded.push, first = excluded.first,
			last = excluded.last, count = excluded.count;
	INSERT INTO sinkhole.real
		SELECT host, sha256(convert_to(ARRAY[campaign, name, addresses]::text, 'UTF8')), it.origin, p, campaign, name, addresses, first, last, count
		FROM sinkhole.in_real WHERE sender = session_user
		ON CONFLICT (host, digest, origin) DO UPDATE SET push = excluded.push, first = excluded.first,
			last = excluded.last, count = excluded.count;
	INSERT INTO sinkhole.shown
		SELECT host, place, it.origin, p, reference, "time"
		FROM sinkhole.in_shown WHERE sender = session_user
		ON CONFLICT (host, place, origin) DO UPDATE SET push = excluded.push, reference = excluded.reference,
			"time" = excluded."time";
	INSERT INTO sinkhole.observer
		SELECT DISTINCT writer, observer, it.origin FROM sinkhole.in_run WHERE sender = session_user
		ON CONFLICT DO NOTHING;
	INSERT INTO sinkhole.run
		SELECT start, writer, it.origin, p, observer, first, last, last_event, events, state_time, reason, version, boot_id,
			clock_synchronised, clock_offset_ms, written, lost, mode, drill, has_list, list_serial, list_built,
			list_rules, list_state, list_reason, settings_reason, figures
		FROM sinkhole.in_run WHERE sender = session_user
		ON CONFLICT (start, writer, origin) DO UPDATE SET push = excluded.push, observer = excluded.observer,
			first = excluded.first, last = excluded.last, last_event = excluded.last_event, events = excluded.events,
			state_time = excluded.state_time, reason = excluded.reason, version = excluded.version,
			boot_id = excluded.boot_id, clock_synchronised = excluded.clock_synchronised,
			clock_offset_ms = excluded.clock_offset_ms, written = excluded.written, lost = excluded.lost,
			mode = excluded.mode, drill = excluded.drill, has_list = excluded.has_list,
			list_serial = excluded.list_serial, list_built = excluded.list_built, list_rules = excluded.list_rules,
			list_state = excluded.list_state, list_reason = excluded.list_reason,
			settings_reason = excluded.settings_reason, figures = excluded.figures;
	INSERT INTO sinkhole.ring
		SELECT start, writer, ring, it.origin, p, low, high, seen
		FROM sinkhole.in_ring WHERE sender = session_user
		ON CONFLICT (start, writer, ring, origin) DO UPDATE SET push = excluded.push, low = excluded.low,
			high = excluded.high, seen = excluded.seen;

	DELETE FROM sinkhole.in_sighting WHERE sender = session_user;
	DELETE FROM sinkhole.in_moment WHERE sender = session_user;
	DELETE FROM sinkhole.in_claim WHERE sender = session_user;
	DELETE FROM sinkhole.in_real WHERE sender = session_user;
	DELETE FROM sinkhole.in_shown WHERE sender = session_user;
	DELETE FROM sinkhole.in_run WHERE sender = session_user;
	DELETE FROM sinkhole.in_ring WHERE sender = session_user;

	IF is_last AND NOT it.complete THEN
		IF it.began > 1 THEN
			PERFORM sinkhole.forget_before(it.origin, it.began);
			it.reset := p;
		END IF;
		it.complete := true;
	END IF;
	UPDATE sinkhole.origin SET number = it.number + 1, push = p, reset = it.reset, complete = it.complete, pushed_at = now()
		WHERE origin = it.origin;
END $$;

-- Rows of one machine that came before a push.
CREATE FUNCTION sinkhole.forget_before(its_origin integer, before bigint) RETURNS void
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

-- For the owner: a machine that is gone for good, with all that it sent.
CREATE FUNCTION sinkhole.forget(its_name text) RETURNS void
	LANGUAGE sql SET search_path = pg_catalog, pg_temp
	AS $$
	SELECT sinkhole.forget_before(origin, 9223372036854775807) FROM sinkhole.origin WHERE name = its_name;
	DELETE FROM sinkhole.observer WHERE origin = (SELECT origin FROM sinkhole.origin WHERE name = its_name);
	DELETE FROM sinkhole.generation WHERE origin = (SELECT origin FROM sinkhole.origin WHERE name = its_name);
	DELETE FROM sinkhole.origin WHERE name = its_name;
$$;

REVOKE ALL ON ALL FUNCTIONS IN SCHEMA sinkhole FROM PUBLIC;
GRANT USAGE ON SCHEMA sinkhole TO sinkhole_sensor, sinkhole_reader;
GRANT EXECUTE ON FUNCTION sinkhole.push_begin(text), sinkhole.push_end(boolean) TO sinkhole_sensor;
GRANT SELECT ON sinkhole.origin, sinkhole.observer, sinkhole.profile, sinkhole.sighting, sinkhole.moment, sinkhole.claim, sinkhole.real,
	sinkhole.shown, sinkhole.run, sinkhole.ring TO sinkhole_reader;

-- A sensor's columns of the staging tables: all but `sender`.
DO $$
DECLARE
	one record;
BEGIN
	FOR one IN
		SELECT c.relname, string_agg(quote_ident(a.attname), ', ') AS columns
		FROM pg_class AS c JOIN pg_attribute AS a ON a.attrelid = c.oid
		WHERE c.relnamespace = 'sinkhole'::regnamespace AND c.relname LIKE 'in\_%' AND c.relkind = 'r'
			AND a.attnum > 0 AND a.attname <> 'sender'
		GROUP BY c.relname
	LOOP
		EXECUTE format('GRANT INSERT (%s) ON sinkhole.%I TO sinkhole_sensor', one.columns, one.relname);
	END LOOP;
END $$;

COMMIT;

/* SPDX-License-Identifier: BSD-3-Clause */
/* The tables; docs/store.md says what each column means. Times are ms since 1970, "" and 0 mean:
 * not known. */
#include "sinkhole/store/internal.h"

const char ush_schema_create[] =
    /* How far each log has been read. `head` is how its first line begins: its identity. */
    "CREATE TABLE IF NOT EXISTS log ("
    "  head BLOB PRIMARY KEY, path TEXT NOT NULL, offset INTEGER NOT NULL,"
    "  lines INTEGER NOT NULL, broken INTEGER NOT NULL, broken_at INTEGER NOT NULL"
    ") STRICT, WITHOUT ROWID;"

    /* Events of one host that show the same thing, folded. The key is all that makes them the same.
     */
    "CREATE TABLE IF NOT EXISTS sighting ("
    "  host TEXT NOT NULL, campaign TEXT NOT NULL, fact INTEGER NOT NULL, drill INTEGER NOT NULL,"
    "  object TEXT NOT NULL, detail TEXT NOT NULL, action TEXT NOT NULL, marks INTEGER NOT NULL,"
    "  mark_words TEXT NOT NULL, agent TEXT NOT NULL, rule TEXT NOT NULL,"
    "  profile INTEGER NOT NULL, proxy TEXT NOT NULL, feed_line INTEGER NOT NULL,"
    "  first INTEGER NOT NULL, last INTEGER NOT NULL, count INTEGER NOT NULL,"
    "  PRIMARY KEY (host, campaign, fact, drill, object, detail, action, marks, mark_words,"
    "    agent, rule, profile, proxy)"
    ") STRICT, WITHOUT ROWID;"

    /* Decoded profiles; sightings name them by id, so that different ones never fold. */
    "CREATE TABLE IF NOT EXISTS profile ("
    "  id INTEGER PRIMARY KEY, family TEXT NOT NULL, version TEXT NOT NULL, os TEXT NOT NULL,"
    "  locale TEXT NOT NULL, memory TEXT NOT NULL, timezone TEXT NOT NULL,"
    "  channel TEXT NOT NULL, fields TEXT NOT NULL, text TEXT NOT NULL,"
    "  UNIQUE (text, fields, family, version, os, locale, memory, timezone, channel)"
    ") STRICT;"

    /* Addresses that a forwarder or proxy named beside its own. */
    "CREATE TABLE IF NOT EXISTS claim ("
    "  claimed TEXT NOT NULL, host TEXT NOT NULL, campaign TEXT NOT NULL,"
    "  first INTEGER NOT NULL, last INTEGER NOT NULL, count INTEGER NOT NULL,"
    "  PRIMARY KEY (claimed, host, campaign)"
    ") STRICT, WITHOUT ROWID;"
    "CREATE INDEX IF NOT EXISTS claim_host ON claim (host);"

    /* One life of one sensor, from its start to its end, and what its last state line said. */
    "CREATE TABLE IF NOT EXISTS run ("
    "  start TEXT NOT NULL, writer TEXT NOT NULL, observer TEXT NOT NULL,"
    "  first INTEGER NOT NULL, last INTEGER NOT NULL, last_event INTEGER NOT NULL,"
    "  events INTEGER NOT NULL, state_time INTEGER NOT NULL, reason TEXT NOT NULL,"
    "  version TEXT NOT NULL, boot_id TEXT NOT NULL, clock_synchronised INTEGER NOT NULL,"
    "  clock_offset_ms INTEGER NOT NULL, written INTEGER NOT NULL, lost INTEGER NOT NULL,"
    "  mode TEXT NOT NULL, drill INTEGER NOT NULL, has_list INTEGER NOT NULL,"
    "  list_serial INTEGER NOT NULL, list_built INTEGER NOT NULL, list_rules INTEGER NOT NULL,"
    "  list_state TEXT NOT NULL, figures TEXT NOT NULL,"
    "  PRIMARY KEY (writer, start)"
    ") STRICT, WITHOUT ROWID;"

    /* The numbers that the events of one ring bore: a hole between low and high is a lost event. */
    "CREATE TABLE IF NOT EXISTS ring ("
    "  start TEXT NOT NULL, writer TEXT NOT NULL, ring TEXT NOT NULL,"
    "  low INTEGER NOT NULL, high INTEGER NOT NULL, seen INTEGER NOT NULL,"
    "  PRIMARY KEY (writer, start, ring)"
    ") STRICT, WITHOUT ROWID;";

const char ush_schema_drop[] = "DROP TABLE IF EXISTS log; DROP TABLE IF EXISTS sighting;"
                               "DROP TABLE IF EXISTS profile; DROP TABLE IF EXISTS claim;"
                               "DROP TABLE IF EXISTS run; DROP TABLE IF EXISTS ring;";

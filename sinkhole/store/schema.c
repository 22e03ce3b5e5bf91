/* SPDX-License-Identifier: BSD-3-Clause */
/* The tables; docs/store.md says what each column means. Times are ms since 1970, "" and 0 mean:
 * not known. `changed`: see changes.h. */
#include "sinkhole/store/internal.h"

const char ush_schema_create[] =
    /* How far each log has been read. `head` is how its first line begins: its identity. */
    "CREATE TABLE IF NOT EXISTS log ("
    "  head BLOB PRIMARY KEY, path TEXT NOT NULL, offset INTEGER NOT NULL,"
    "  lines INTEGER NOT NULL, broken INTEGER NOT NULL, broken_at INTEGER NOT NULL"
    ") STRICT, WITHOUT ROWID;"

    /* Compressed logs that were read to their end: they need not be expanded again. */
    "CREATE TABLE IF NOT EXISTS archive ("
    "  device INTEGER NOT NULL, inode INTEGER NOT NULL, size INTEGER NOT NULL,"
    "  mtime INTEGER NOT NULL, PRIMARY KEY (device, inode, size, mtime)"
    ") STRICT, WITHOUT ROWID;"

    /* Events of one host that show the same thing, as one row; all else about them is its key. */
    "CREATE TABLE IF NOT EXISTS sighting ("
    "  host TEXT NOT NULL, campaign TEXT NOT NULL, claimed INTEGER NOT NULL,"
    "  fact INTEGER NOT NULL, drill INTEGER NOT NULL,"
    "  object TEXT NOT NULL, detail TEXT NOT NULL, action TEXT NOT NULL, marks INTEGER NOT NULL,"
    "  mark_words TEXT NOT NULL, agent TEXT NOT NULL, rule TEXT NOT NULL,"
    "  profile INTEGER NOT NULL, proxy TEXT NOT NULL, other TEXT NOT NULL, page TEXT NOT NULL,"
    "  feed_line INTEGER NOT NULL,"
    "  first INTEGER NOT NULL, last INTEGER NOT NULL, count INTEGER NOT NULL,"
    "  changed INTEGER NOT NULL DEFAULT 0,"
    "  PRIMARY KEY (host, campaign, claimed, fact, drill, object, detail, action, marks,"
    "    mark_words, agent, rule, profile, proxy, other, page)"
    ") STRICT, WITHOUT ROWID;"

    /* When a host came: see rhythm.h and moments.h. */
    "CREATE TABLE IF NOT EXISTS moment ("
    "  host TEXT NOT NULL, campaign TEXT NOT NULL, claimed INTEGER NOT NULL,"
    "  fact INTEGER NOT NULL, drill INTEGER NOT NULL, part INTEGER NOT NULL,"
    "  times BLOB NOT NULL, changed INTEGER NOT NULL DEFAULT 0,"
    "  PRIMARY KEY (host, campaign, claimed, fact, drill, part)"
    ") STRICT, WITHOUT ROWID;"

    /* Decoded profiles; sightings name them by id, so that different ones stay apart. `details`
     * is a JSON object of what the family's decoder found. */
    "CREATE TABLE IF NOT EXISTS profile ("
    "  id INTEGER PRIMARY KEY, family TEXT NOT NULL, channel TEXT NOT NULL,"
    "  details TEXT NOT NULL, fields TEXT NOT NULL, text TEXT NOT NULL,"
    "  UNIQUE (text, fields, details, family, channel)"
    ") STRICT;"

    /* Reference numbers of the pages that people were shown. */
    "CREATE TABLE IF NOT EXISTS shown ("
    "  host TEXT NOT NULL, place INTEGER NOT NULL, reference TEXT NOT NULL,"
    "  time INTEGER NOT NULL, changed INTEGER NOT NULL DEFAULT 0, PRIMARY KEY (host, place)"
    ") STRICT, WITHOUT ROWID;"
    "CREATE INDEX IF NOT EXISTS shown_reference ON shown (reference COLLATE NOCASE);"

    /* Addresses that a forwarder or proxy named beside its own. */
    "CREATE TABLE IF NOT EXISTS claim ("
    "  claimed TEXT NOT NULL, host TEXT NOT NULL, campaign TEXT NOT NULL,"
    "  first INTEGER NOT NULL, last INTEGER NOT NULL, count INTEGER NOT NULL,"
    "  changed INTEGER NOT NULL DEFAULT 0,"
    "  PRIMARY KEY (claimed, host, campaign)"
    ") STRICT, WITHOUT ROWID;"
    "CREATE INDEX IF NOT EXISTS claim_host ON claim (host);"

    /* Questions that were answered with the real addresses of a listed name. */
    "CREATE TABLE IF NOT EXISTS real ("
    "  host TEXT NOT NULL, campaign TEXT NOT NULL, name TEXT NOT NULL, addresses TEXT NOT NULL,"
    "  first INTEGER NOT NULL, last INTEGER NOT NULL, count INTEGER NOT NULL,"
    "  changed INTEGER NOT NULL DEFAULT 0,"
    "  PRIMARY KEY (host, campaign, name, addresses)"
    ") STRICT, WITHOUT ROWID;"

    /* One life of one sensor, from its start to its end, and what its last state line said. */
    "CREATE TABLE IF NOT EXISTS run ("
    "  start TEXT NOT NULL, writer TEXT NOT NULL, observer TEXT NOT NULL,"
    "  first INTEGER NOT NULL, last INTEGER NOT NULL, last_event INTEGER NOT NULL,"
    "  events INTEGER NOT NULL, state_time INTEGER NOT NULL, reason TEXT NOT NULL,"
    "  version TEXT NOT NULL, boot_id TEXT NOT NULL, clock_synchronised INTEGER NOT NULL,"
    "  clock_offset_ms INTEGER NOT NULL, written INTEGER NOT NULL, lost INTEGER NOT NULL,"
    "  mode TEXT NOT NULL, drill INTEGER NOT NULL, has_list INTEGER NOT NULL,"
    "  list_serial INTEGER NOT NULL, list_built INTEGER NOT NULL, list_rules INTEGER NOT NULL,"
    "  list_state TEXT NOT NULL, list_reason TEXT NOT NULL, settings_reason TEXT NOT NULL,"
    "  figures TEXT NOT NULL, changed INTEGER NOT NULL DEFAULT 0,"
    "  PRIMARY KEY (writer, start)"
    ") STRICT, WITHOUT ROWID;"

    /* The numbers that the events of one ring bore: a hole between low and high is a lost event. */
    "CREATE TABLE IF NOT EXISTS ring ("
    "  start TEXT NOT NULL, writer TEXT NOT NULL, ring TEXT NOT NULL,"
    "  low INTEGER NOT NULL, high INTEGER NOT NULL, seen INTEGER NOT NULL,"
    "  changed INTEGER NOT NULL DEFAULT 0,"
    "  PRIMARY KEY (writer, start, ring)"
    ") STRICT, WITHOUT ROWID;"

    /* One row while rows are sent to PostgreSQL: changes.h. */
    "CREATE TABLE IF NOT EXISTS push ("
    "  generation TEXT PRIMARY KEY, change INTEGER NOT NULL, number INTEGER NOT NULL,"
    "  upto INTEGER NOT NULL, time INTEGER NOT NULL, failure TEXT NOT NULL"
    ") STRICT, WITHOUT ROWID;"

    /* In a store that is filled from PostgreSQL: whose rows it has. See merged.h. */
    "CREATE TABLE IF NOT EXISTS origin ("
    "  name TEXT PRIMARY KEY, id INTEGER NOT NULL, push INTEGER NOT NULL, time INTEGER NOT NULL,"
    "  complete INTEGER NOT NULL, rows INTEGER NOT NULL, refused INTEGER NOT NULL"
    ") STRICT, WITHOUT ROWID;"
    "CREATE TABLE IF NOT EXISTS pull ("
    "  one INTEGER PRIMARY KEY, time INTEGER NOT NULL, failure TEXT NOT NULL"
    ") STRICT;";

const char ush_schema_drop[] = "DROP TABLE IF EXISTS log; DROP TABLE IF EXISTS archive; "
                               "DROP TABLE IF EXISTS sighting;"
                               "DROP TABLE IF EXISTS moment; DROP TABLE IF EXISTS shown;"
                               "DROP TABLE IF EXISTS profile; DROP TABLE IF EXISTS claim;"
                               "DROP TABLE IF EXISTS real;"
                               "DROP TABLE IF EXISTS run; DROP TABLE IF EXISTS ring;"
                               "DROP TABLE IF EXISTS push; DROP TABLE IF EXISTS origin;"
                               "DROP TABLE IF EXISTS pull;";

/* SPDX-License-Identifier: BSD-3-Clause */
#include "sinkhole/store/shared_rows.h"

static const struct {
	const char *name;
	const char *columns;
} tables[USH_SHARED_TABLES] = {
    [USH_SHARED_SIGHTING] = {"sighting",
        "host, campaign, claimed, fact, drill, object, detail, action, marks, mark_words, agent,"
        " rule, proxy, other, page, feed_line, first, last, count, family, channel, details,"
        " fields, text"},
    [USH_SHARED_MOMENT] = {"moment", "host, campaign, claimed, fact, drill, part, times"},
    [USH_SHARED_CLAIM] = {"claim", "claimed, host, campaign, first, last, count"},
    [USH_SHARED_REAL] = {"real", "host, campaign, name, addresses, first, last, count"},
    [USH_SHARED_SHOWN] = {"shown", "host, place, reference, time"},
    [USH_SHARED_RUN] = {"run",
        "start, writer, observer, first, last, last_event, events, state_time, reason, version,"
        " boot_id, clock_synchronised, clock_offset_ms, written, lost, mode, drill, has_list,"
        " list_serial, list_built, list_rules, list_state, list_reason, settings_reason, figures"},
    [USH_SHARED_RING] = {"ring", "start, writer, ring, low, high, seen"},
};

const char *
ush_shared_name(enum ush_shared_table table)
{
	return tables[table].name;
}

const char *
ush_shared_columns(enum ush_shared_table table)
{
	return tables[table].columns;
}

size_t
ush_shared_column_count(enum ush_shared_table table)
{
	size_t count = 1;

	for (const char *at = tables[table].columns; *at != '\0'; at++)
		count += *at == ',';
	return count;
}

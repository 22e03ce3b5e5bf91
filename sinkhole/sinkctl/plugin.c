/* SPDX-License-Identifier: BSD-3-Clause */
#include "sinkhole/sinkctl/plugin.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "common/terminal.h"

#define FINDING_MAX 1024
#define LABEL_MAX 400
#define SERVICE "SINKHOLE"

struct finding {
	enum ush_plugin_state state;
	char *text; /* owned */
};

struct ush_plugin {
	struct finding *findings;
	size_t count;
	FILE *values;
	char *values_text; /* valid after a flush of values */
	size_t values_len;
};

static const char *const state_names[USH_PLUGIN_STATES] = {"OK", "WARNING", "CRITICAL", "UNKNOWN"};

/* The worst first. What could not be found out is worse than a warning. */
static const enum ush_plugin_state by_weight[USH_PLUGIN_STATES] = {
    USH_PLUGIN_CRITICAL, USH_PLUGIN_UNKNOWN, USH_PLUGIN_WARNING, USH_PLUGIN_OK};

/* How many of the unit a suffix stands for; 0: there is no such suffix. */
static uint64_t
factor_of(enum ush_limit_unit unit, const char *suffix)
{
	static const struct {
		enum ush_limit_unit unit;
		char suffix;
		uint64_t factor;
	} factors[] = {
	    {USH_LIMIT_SECONDS, 's', 1},
	    {USH_LIMIT_SECONDS, 'm', 60},
	    {USH_LIMIT_SECONDS, 'h', 3600},
	    {USH_LIMIT_SECONDS, 'd', 86400},
	    {USH_LIMIT_SECONDS, 'w', 604800},
	    {USH_LIMIT_BYTES, 'K', 1u << 10},
	    {USH_LIMIT_BYTES, 'M', 1u << 20},
	    {USH_LIMIT_BYTES, 'G', 1u << 30},
	    {USH_LIMIT_BYTES, 'T', UINT64_C(1) << 40},
	};

	if (suffix[0] == '\0')
		return 1;
	for (size_t i = 0; i < sizeof(factors) / sizeof(factors[0]); i++) {
		if (factors[i].unit == unit && factors[i].suffix == suffix[0] && suffix[1] == '\0')
			return factors[i].factor;
	}
	return 0;
}

static int
read_limit(uint64_t *out, const char *text, size_t len, enum ush_limit_unit unit)
{
	char buf[32];
	char *suffix;
	uint64_t factor;
	uint64_t value;

	*out = UINT64_MAX;
	if (len == 0)
		return 0;
	if (len >= sizeof(buf) || text[0] < '0' || text[0] > '9')
		return -1;
	memcpy(buf, text, len);
	buf[len] = '\0';
	value = strtoull(buf, &suffix, 10);
	factor = factor_of(unit, suffix);
	if (factor == 0 || value > INT64_MAX / factor)
		return -1;
	*out = value * factor;
	return 0;
}

int
ush_limits_read(
    struct ush_limits *out, const char *text, enum ush_limit_unit unit, struct ush_error *err)
{
	static const char *const examples[] = {[USH_LIMIT_COUNT] = "0,1000",
	    [USH_LIMIT_SECONDS] = "7d,30d",
	    [USH_LIMIT_BYTES] = "1G,256M"};
	const char *comma = strchr(text, ',');

	if (comma == NULL || read_limit(&out->warning, text, (size_t)(comma - text), unit) != 0 ||
	    read_limit(&out->critical, comma + 1, strlen(comma + 1), unit) != 0)
		return ush_fail(err, NULL, 0,
		    "\"%s\" is no pair of thresholds WARNING,CRITICAL, such as %s", text,
		    examples[unit]);
	return 0;
}

static bool
is_beyond(uint64_t limit, uint64_t value, bool is_low)
{
	return limit != UINT64_MAX && (is_low ? value < limit : value > limit);
}

enum ush_plugin_state
ush_limits_judge(const struct ush_limits *limits, uint64_t value, bool is_low)
{
	if (is_beyond(limits->critical, value, is_low))
		return USH_PLUGIN_CRITICAL;
	return is_beyond(limits->warning, value, is_low) ? USH_PLUGIN_WARNING : USH_PLUGIN_OK;
}

struct ush_plugin *
ush_plugin_new(void)
{
	struct ush_plugin *plugin = calloc(1, sizeof(*plugin));

	if (plugin == NULL)
		return NULL;
	plugin->values = open_memstream(&plugin->values_text, &plugin->values_len);
	if (plugin->values != NULL)
		return plugin;
	free(plugin);
	return NULL;
}

void
ush_plugin_free(struct ush_plugin *plugin)
{
	if (plugin == NULL)
		return;
	for (size_t i = 0; i < plugin->count; i++)
		free(plugin->findings[i].text);
	free(plugin->findings);
	fclose(plugin->values);
	free(plugin->values_text);
	free(plugin);
}

/* Safe for a terminal and without the bar, which begins the measured values. */
static char *
safe_text(const char *text)
{
	char *safe = ush_terminal_text(text);

	for (char *at = safe; at != NULL && *at != '\0'; at++) {
		if (*at == '|')
			*at = '/';
	}
	return safe;
}

void
ush_plugin_find(struct ush_plugin *plugin, enum ush_plugin_state state, const char *fmt, ...)
{
	struct finding *findings =
	    reallocarray(plugin->findings, plugin->count + 1, sizeof(*findings));
	char text[FINDING_MAX];
	va_list args;

	if (findings == NULL)
		return;
	plugin->findings = findings;
	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	findings[plugin->count++] = (struct finding){state, safe_text(text)};
}

/* ";<threshold>", as the range of good values: "10" is 0 to 10, "10:" is 10 and more. */
static void
put_limit(FILE *to, uint64_t limit, bool is_low)
{
	fputc(';', to);
	if (limit != UINT64_MAX)
		fprintf(to, "%llu%s", (unsigned long long)limit, is_low ? ":" : "");
}

void
ush_plugin_measure(struct ush_plugin *plugin, const char *of, const char *name, uint64_t value,
    const char *unit, const struct ush_limits *limits, bool is_low)
{
	static const char allowed[] =
	    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
	char label[LABEL_MAX];

	snprintf(label, sizeof(label), "%s_%s", of, name);
	for (char *at = label; *at != '\0'; at++) {
		if (strchr(allowed, *at) == NULL)
			*at = '_';
	}
	fprintf(plugin->values, " %s=%llu%s", label, (unsigned long long)value, unit);
	if (limits == NULL)
		return;
	put_limit(plugin->values, limits->warning, is_low);
	put_limit(plugin->values, limits->critical, is_low);
}

static size_t
count_of(const struct ush_plugin *plugin, enum ush_plugin_state state)
{
	size_t count = 0;

	for (size_t i = 0; i < plugin->count; i++)
		count += plugin->findings[i].state == state;
	return count;
}

static const char *
first_of(const struct ush_plugin *plugin, enum ush_plugin_state state)
{
	for (size_t i = 0; i < plugin->count; i++) {
		if (plugin->findings[i].state == state && plugin->findings[i].text != NULL)
			return plugin->findings[i].text;
	}
	return "out of memory";
}

static void
print_findings(const struct ush_plugin *plugin)
{
	for (size_t i = 0; i < USH_PLUGIN_STATES; i++) {
		for (size_t j = 0; j < plugin->count; j++) {
			const struct finding *finding = &plugin->findings[j];

			if (finding->state == by_weight[i] && finding->text != NULL)
				printf("[%s] %s\n", state_names[by_weight[i]], finding->text);
		}
	}
}

int
ush_plugin_print(const struct ush_plugin *plugin)
{
	enum ush_plugin_state state = USH_PLUGIN_OK;
	size_t more;

	for (size_t i = USH_PLUGIN_STATES; i-- > 0;) {
		if (count_of(plugin, by_weight[i]) > 0)
			state = by_weight[i];
	}
	printf(SERVICE " %s - %s", state_names[state], first_of(plugin, state));
	more = plugin->count - count_of(plugin, USH_PLUGIN_OK);
	if (more > 1)
		printf(" (and %zu more)", more - 1);
	fflush(plugin->values);
	if (plugin->values_len > 0)
		printf(" |%s", plugin->values_text);
	printf("\n");
	print_findings(plugin);
	return fflush(stdout) == 0 ? (int)state : USH_PLUGIN_UNKNOWN;
}

int
ush_plugin_unknown(const struct ush_error *err)
{
	char text[sizeof(err->file) + sizeof(err->text) + 16];
	char *safe = safe_text(ush_error_format(err, text, sizeof(text)));

	printf(SERVICE " UNKNOWN - %s\n", safe != NULL ? safe : "out of memory");
	free(safe);
	fflush(stdout);
	return USH_PLUGIN_UNKNOWN;
}

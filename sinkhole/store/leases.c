/* SPDX-License-Identifier: BSD-3-Clause */
#include "sinkhole/store/leases.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include "sinkhole/store/csv_line.h"

#define BLANKS " \t\r\n"
#define WORDS_MAX 16

/* A file that is being read, and what its earlier lines said. */
struct reading {
	const struct ush_identity_source *source;
	uint64_t now_ms;
	uint64_t written_ms; /* when the file was */
	ush_lease_fn *fn;
	void *arg;
	int rc; /* of fn */
	/* dnsmasq: lines of IPv6 follow */
	bool is_v6;
	/* Kea: where its columns are */
	bool has_head;
	int address, hwaddr, duid, lifetime, expire, hostname, state, type;
	/* dhcpd: the block that is open */
	bool in_block;
	bool is_held;
	struct ush_lease block;
};

static int
digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (char)tolower((unsigned char)c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool
ush_hardware_from_text(char out[USH_HARDWARE_MAX], const char *text)
{
	size_t used = 0;
	unsigned octets = 0;

	while (*text != '\0') {
		int high = digit(text[0]);
		int low = high >= 0 ? digit(text[1]) : -1;

		/* dhcpd writes "2:0:5e" as well. */
		if (high < 0)
			return false;
		if (low < 0) {
			low = high;
			high = 0;
			text += 1;
		} else {
			text += 2;
		}
		octets++;
		if (used + 4 < USH_HARDWARE_MAX) {
			used += (size_t)snprintf(out + used, USH_HARDWARE_MAX - used, "%s%x%x",
			    used > 0 ? ":" : "", (unsigned)high, (unsigned)low);
		}
		if (*text == ':' || *text == '-')
			text++;
	}
	return octets >= 6;
}

static size_t
split_words(char *line, char *words[WORDS_MAX])
{
	char *rest = line;
	size_t count = 0;
	char *word;

	while (
	    count < WORDS_MAX && (word = strtok_r(count == 0 ? line : NULL, BLANKS, &rest)) != NULL)
		words[count++] = word;
	return count;
}

/* Names come from the machines themselves. */
static void
set_name(struct ush_lease *lease, const char *name)
{
	size_t len;

	lease->name[0] = '\0';
	if (strcmp(name, "*") != 0 && name[0] != '\0')
		snprintf(lease->name, sizeof(lease->name), "%.*s", USH_MACHINE_NAME_MAX - 1, name);
	len = strlen(lease->name);
	if (len > 0 && lease->name[len - 1] == '.')
		lease->name[len - 1] = '\0';
}

/* Of a machine that gave an address back: that it had it until then, and the end by itself, which
 * stands behind all that was said to last longer. */
static void
hand_out(struct reading *reading, const struct ush_lease *lease)
{
	struct ush_lease bounded = *lease;

	if (bounded.last_ms > reading->now_ms)
		bounded.last_ms = reading->now_ms;
	if (bounded.first_ms > bounded.last_ms)
		return;
	bounded.is_end = false;
	if (reading->rc == 0)
		reading->rc = reading->fn(reading->arg, &bounded);
	if (reading->rc == 0 && lease->is_end) {
		bounded.first_ms = bounded.last_ms;
		bounded.is_end = true;
		reading->rc = reading->fn(reading->arg, &bounded);
	}
}

/* "1795000000 02:00:5e:00:53:01 10.0.0.5 pc-a 01:02:…", and behind a line "duid …" for IPv6
 * "1795000000 IAID 2001:db8::5 pc-a DUID". The file is written anew at each change, so that what it
 * says was true since then. 0: the lease never ends. */
static void
dnsmasq_line(struct reading *reading, char *line)
{
	struct ush_lease lease = {.first_ms = reading->written_ms, .is_sampled = true};
	char *words[WORDS_MAX];
	size_t count = split_words(line, words);
	const char *hardware;

	if (count == 2 && strcmp(words[0], "duid") == 0)
		reading->is_v6 = true;
	if (count < 5)
		return;
	hardware = reading->is_v6 ? words[4] : words[1];
	if (strlen(hardware) > 3 &&
	    hardware[2] == '-') /* the type of another network than Ethernet */
		hardware += 3;
	if (ush_address_from_text(&lease.address, words[2]) != 0 ||
	    !ush_hardware_from_text(lease.hardware, hardware))
		return;
	set_name(&lease, words[3]);
	lease.last_ms = strtoull(words[0], NULL, 10);
	lease.last_ms = lease.last_ms == 0 ? reading->now_ms : lease.last_ms * 1000;
	hand_out(reading, &lease);
}

/* "10.0.0.5 dev eth0 lladdr 02:00:5e:00:53:01 REACHABLE" */
static void
neigh_line(struct reading *reading, char *line)
{
	struct ush_lease lease = {
	    .first_ms = reading->written_ms,
	    .last_ms = reading->written_ms + reading->source->valid * UINT64_C(1000),
	};
	char *words[WORDS_MAX];
	size_t count = split_words(line, words);
	const char *state = count > 0 ? words[count - 1] : "";

	if (strcmp(state, "FAILED") == 0 || strcmp(state, "INCOMPLETE") == 0)
		return;
	for (size_t i = 1; i + 1 < count; i++) {
		if (strcmp(words[i], "lladdr") == 0 &&
		    ush_address_from_text(&lease.address, words[0]) == 0 &&
		    ush_hardware_from_text(lease.hardware, words[i + 1])) {
			hand_out(reading, &lease);
			return;
		}
	}
}

static void
kea_head(struct reading *reading, const struct ush_csv_line *head)
{
	reading->has_head = true;
	reading->address = ush_csv_column(head, "address");
	reading->hwaddr = ush_csv_column(head, "hwaddr");
	reading->duid = ush_csv_column(head, "duid");
	reading->lifetime = ush_csv_column(head, "valid_lifetime");
	reading->expire = ush_csv_column(head, "expire");
	reading->hostname = ush_csv_column(head, "hostname");
	reading->state = ush_csv_column(head, "state");
	reading->type = ush_csv_column(head, "lease_type");
}

/* One change of a lease: given or renewed at expire - valid_lifetime. A lease that is given back has
 * the lifetime 0, or the state 2 or more; 1 is an address that nobody may have. Prefixes (type 2) are
 * no machine's address. */
static void
kea_line(struct reading *reading, char *line)
{
	enum { DECLINED = 1, RECLAIMED = 2 };
	struct ush_lease lease = {0};
	struct ush_csv_line fields;
	uint64_t lifetime, expire;
	int state;

	ush_csv_split(&fields, line);
	if (!reading->has_head) {
		kea_head(reading, &fields);
		return;
	}
	state = atoi(ush_csv_field(&fields, reading->state));
	lifetime = strtoull(ush_csv_field(&fields, reading->lifetime), NULL, 10);
	expire = strtoull(ush_csv_field(&fields, reading->expire), NULL, 10);
	if (state == DECLINED || strcmp(ush_csv_field(&fields, reading->type), "2") == 0 ||
	    ush_address_from_text(&lease.address, ush_csv_field(&fields, reading->address)) != 0 ||
	    (!ush_hardware_from_text(lease.hardware, ush_csv_field(&fields, reading->hwaddr)) &&
	        !ush_hardware_from_text(lease.hardware, ush_csv_field(&fields, reading->duid))))
		return;
	set_name(&lease, ush_csv_field(&fields, reading->hostname));
	lease.last_ms = expire < UINT32_MAX * UINT64_C(2) ? expire * 1000 : reading->now_ms;
	lease.first_ms = lifetime < expire ? (expire - lifetime) * 1000 : 0;
	if (lifetime == UINT32_MAX) /* for ever: since when is not said */
		lease.first_ms = reading->written_ms;
	lease.is_end = lifetime == 0 || state >= RECLAIMED;
	hand_out(reading, &lease);
}

/* "4 2026/11/26 08:00:00;" in UTC, "epoch 1795000000;", "never;". 0 if it is none of these. */
static uint64_t
dhcpd_time(char *const *words, size_t count, uint64_t never)
{
	struct tm tm = {0};
	char text[64];
	time_t seconds;
	char *end;

	if (count >= 1 && strncmp(words[0], "never", 5) == 0)
		return never;
	if (count >= 2 && strcmp(words[0], "epoch") == 0)
		return strtoull(words[1], NULL, 10) * 1000;
	if (count < 3)
		return 0;
	snprintf(text, sizeof(text), "%.20s %.20s", words[1], words[2]);
	end = strptime(text, "%Y/%m/%d %H:%M:%S", &tm);
	seconds = end != NULL ? timegm(&tm) : -1;
	return seconds > 0 ? (uint64_t)seconds * 1000 : 0;
}

/* Text in quotes, with its ";". */
static void
dhcpd_name(struct ush_lease *lease, const char *word)
{
	char name[USH_MACHINE_NAME_MAX];
	size_t len;

	word += *word == '"';
	len = strcspn(word, "\";");
	snprintf(
	    name, sizeof(name), "%.*s", (int)(len < sizeof(name) ? len : sizeof(name) - 1), word);
	set_name(lease, name);
}

/* A line of "lease 10.0.0.5 { starts …; ends …; hardware ethernet …; binding state …; }". Each change
 * is a block of its own. */
static void
dhcpd_line(struct reading *reading, char *line)
{
	struct ush_lease *lease = &reading->block;
	char *words[WORDS_MAX];
	size_t count = split_words(line, words);

	if (count == 0)
		return;
	if (!reading->in_block) {
		*lease = (struct ush_lease){.last_ms = UINT64_MAX};
		reading->is_held = true;
		reading->in_block = count >= 3 && strcmp(words[0], "lease") == 0 &&
		                    ush_address_from_text(&lease->address, words[1]) == 0;
	} else if (words[0][0] == '}') {
		reading->in_block = false;
		if (lease->hardware[0] != '\0' && lease->first_ms != 0 && reading->is_held)
			hand_out(reading, lease);
	} else if (strcmp(words[0], "starts") == 0) {
		lease->first_ms = dhcpd_time(words + 1, count - 1, 0);
	} else if (strcmp(words[0], "ends") == 0) {
		lease->last_ms = dhcpd_time(words + 1, count - 1, UINT64_MAX);
	} else if (strcmp(words[0], "hardware") == 0 && count >= 3) {
		words[2][strcspn(words[2], ";")] = '\0';
		if (!ush_hardware_from_text(lease->hardware, words[2]))
			lease->hardware[0] = '\0';
	} else if (strcmp(words[0], "client-hostname") == 0 && count >= 2) {
		dhcpd_name(lease, words[1]);
	} else if (strcmp(words[0], "binding") == 0 && count >= 3) {
		lease->is_end = strncmp(words[2], "active", 6) != 0;
		reading->is_held =
		    strncmp(words[2], "abandoned", 9) != 0 && strncmp(words[2], "backup", 6) != 0;
	}
}

static void (*const readers[])(struct reading *reading, char *line) = {
    [USH_IDENTITY_DNSMASQ] = dnsmasq_line,
    [USH_IDENTITY_DHCPD] = dhcpd_line,
    [USH_IDENTITY_KEA] = kea_line,
    [USH_IDENTITY_NEIGH] = neigh_line,
};

int
ush_leases_read(const struct ush_identity_source *source, uint64_t now_ms, ush_lease_fn *fn,
    void *arg, struct ush_error *err)
{
	struct reading reading = {.source = source, .now_ms = now_ms, .fn = fn, .arg = arg};
	FILE *file = fopen(source->path, "re");
	struct stat st;
	char *line = NULL;
	size_t size = 0;
	int rc = 0;

	if (file == NULL || fstat(fileno(file), &st) != 0) {
		rc = ush_fail_errno(err, source->path, "the leases cannot be read");
	} else {
		reading.written_ms =
		    (uint64_t)st.st_mtim.tv_sec * 1000 + (uint64_t)st.st_mtim.tv_nsec / 1000000;
		while (reading.rc == 0 && getline(&line, &size, file) != -1)
			readers[source->format](&reading, line);
		if (ferror(file))
			rc = ush_fail_errno(err, source->path, "the leases cannot be read");
	}
	free(line);
	if (file != NULL)
		fclose(file);
	return rc == 0 && reading.rc == 0 ? 0 : -1;
}

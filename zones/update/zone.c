/* SPDX-License-Identifier: BSD-3-Clause */
#include "zones/update/zone.h"

#include <ldns/ldns.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>
#include "zones/update/dnsstream.h"
#include "zones/update/tsig.h"

#define HEADER_LEN 12
#define LENGTH_LEN 2
#define QUERY_MAX (LENGTH_LEN + HEADER_LEN + USH_NAME_MAX + 4 + USH_TSIG_ROOM)
#define SERIAL_FIELD 2 /* of an SOA */

struct transfer {
	const struct ush_feed_source *source;
	struct ush_name zone;
	struct ush_tsig_key key;
	bool has_key;
	struct ush_dns_stream stream;
	struct ush_tsig tsig;
	uint16_t id;
	uint8_t message[USH_DNS_MESSAGE_MAX];
	size_t len;
	FILE *to;
	uint64_t bytes;
	unsigned soas;   /* records of the zone's own SOA so far */
	uint32_t serial; /* of the first one */
	struct ush_error *err;
};

static unsigned
get16(const uint8_t *from)
{
	return (unsigned)from[0] << 8 | from[1];
}

static int
ask(struct transfer *transfer, ldns_rr_type type)
{
	uint8_t room[QUERY_MAX] = {0};
	uint8_t *query = room + LENGTH_LEN;
	size_t len = HEADER_LEN;

	if (getrandom(&transfer->id, sizeof(transfer->id), 0) != sizeof(transfer->id))
		return ush_fail_errno(transfer->err, NULL, "no random numbers");
	query[0] = (uint8_t)(transfer->id >> 8);
	query[1] = (uint8_t)transfer->id;
	query[5] = 1; /* one question */
	memcpy(query + len, transfer->zone.wire, transfer->zone.len);
	len += transfer->zone.len;
	query[len + 1] = (uint8_t)type;
	query[len + 3] = LDNS_RR_CLASS_IN;
	len += 4;
	ush_tsig_fini(&transfer->tsig);
	if (transfer->has_key && ush_tsig_sign(&transfer->tsig, &transfer->key, query, &len,
	                             (uint64_t)time(NULL), transfer->err) != 0)
		return -1;
	return ush_dns_stream_send(&transfer->stream, query, len, transfer->err);
}

/* ldns also reads records that have less data than their type says, or none. */
static bool
is_whole(const ldns_rr *rr)
{
	return ldns_rr_rd_count(rr) >=
	       ldns_rr_descriptor_minimum(ldns_rr_descript((uint16_t)ldns_rr_get_type(rr)));
}

/* One record of an answer. -1 with the reason. */
typedef int record_fn(struct transfer *transfer, const ldns_rr *rr);

static bool
is_own_soa(const struct transfer *transfer, const ldns_rr *rr)
{
	struct ush_name owner;

	return ldns_rr_get_type(rr) == LDNS_RR_TYPE_SOA &&
	       ush_name_from_wire(&owner, ldns_rdf_data(ldns_rr_owner(rr)),
	           ldns_rdf_size(ldns_rr_owner(rr))) == 0 &&
	       ush_name_equal(&owner, &transfer->zone);
}

/* Go through the records of the message; *record is where its TSIG begins. */
static int
each_record(struct transfer *transfer, record_fn *fn, size_t *record)
{
	static const ldns_pkt_section sections[] = {LDNS_SECTION_QUESTION, LDNS_SECTION_ANSWER,
	    LDNS_SECTION_AUTHORITY, LDNS_SECTION_ADDITIONAL};
	size_t at = HEADER_LEN;
	int rc = 0;

	*record = 0;
	for (size_t s = 0; s < 4; s++) {
		for (unsigned i = get16(transfer->message + 4 + 2 * s); i > 0 && rc == 0; i--) {
			size_t begin = at;
			ldns_rr *rr = NULL;

			if (*record != 0 || ldns_wire2rr(&rr, transfer->message, transfer->len, &at,
			                        sections[s]) != LDNS_STATUS_OK)
				return ush_fail(
				    transfer->err, NULL, 0, "the server's answer is malformed");
			if (s == 3 && ldns_rr_get_type(rr) == LDNS_RR_TYPE_TSIG)
				*record = begin;
			if (s == 1 && !is_whole(rr))
				rc = ush_fail(
				    transfer->err, NULL, 0, "the server's answer is malformed");
			else if (s == 1 && fn != NULL)
				rc = fn(transfer, rr);
			ldns_rr_free(rr);
		}
	}
	return rc;
}

static int
check_header(const struct transfer *transfer)
{
	const uint8_t *message = transfer->message;
	unsigned rcode;

	if (transfer->len < HEADER_LEN || get16(message) != transfer->id ||
	    (message[2] & 0x80) == 0)
		return ush_fail(
		    transfer->err, NULL, 0, "the server's answer is to another question");
	rcode = message[3] & 0xfu;
	if (rcode != LDNS_RCODE_NOERROR) {
		ldns_lookup_table *name = ldns_lookup_by_id(ldns_rcodes, (int)rcode);

		return ush_fail(transfer->err, NULL, 0, "the server refuses the zone: %s",
		    name != NULL ? name->name : "an error");
	}
	return 0;
}

/* A message, checked, with its records given to `fn`. The signature is checked before anything that was
 * written is used, as the last message must have one. */
static int
take_message(struct transfer *transfer, record_fn *fn, bool is_only)
{
	struct ush_error refused;
	size_t record;
	int rc;

	if (ush_dns_stream_receive(
	        &transfer->stream, transfer->message, &transfer->len, transfer->err) != 0)
		return -1;
	if (transfer->len < HEADER_LEN)
		return ush_fail(transfer->err, NULL, 0, "the server's answer is malformed");
	rc = check_header(transfer);
	refused = *transfer->err;
	if (each_record(transfer, rc == 0 ? fn : NULL, &record) != 0)
		return -1;
	if (!transfer->has_key || (rc != 0 && record == 0)) {
		*transfer->err = rc != 0 ? refused : *transfer->err;
		return rc;
	}
	/* Why a server refuses a key stands in its signature. */
	if (ush_tsig_check(&transfer->tsig, transfer->message, transfer->len, record,
	        is_only || transfer->soas > 1, (uint64_t)time(NULL), transfer->err) != 0)
		return -1;
	if (rc != 0)
		*transfer->err = refused;
	return rc;
}

static int
note_serial(struct transfer *transfer, const ldns_rr *rr)
{
	if (is_own_soa(transfer, rr)) {
		transfer->serial = ldns_rdf2native_int32(ldns_rr_rdf(rr, SERIAL_FIELD));
		transfer->soas++;
	}
	return 0;
}

static int
write_record(struct transfer *transfer, const ldns_rr *rr)
{
	bool is_soa = is_own_soa(transfer, rr);
	char *text;

	if (transfer->soas > 1)
		return ush_fail(transfer->err, NULL, 0, "the zone goes on behind its end");
	if (transfer->soas == 0 && !is_soa)
		return ush_fail(transfer->err, NULL, 0, "the zone does not begin with its SOA");
	if (is_soa && ++transfer->soas > 1)
		return 0;
	if ((text = ldns_rr2str(rr)) == NULL)
		return ush_fail(transfer->err, NULL, 0, "no memory");
	transfer->bytes += strlen(text);
	fputs(text, transfer->to);
	free(text);
	if (transfer->bytes > transfer->source->max_bytes)
		return ush_fail(transfer->err, NULL, 0, "has more than %u bytes (max-bytes)",
		    transfer->source->max_bytes);
	return 0;
}

/* The SOA that the copy begins with. */
static bool
copy_has(const struct transfer *transfer, const char *copy, uint32_t serial)
{
	FILE *file = fopen(copy, "re");
	char line[2048];
	ldns_rr *soa = NULL;
	bool has = false;

	if (file != NULL && fgets(line, sizeof(line), file) != NULL &&
	    ldns_rr_new_frm_str(&soa, line, 0, NULL, NULL) == LDNS_STATUS_OK)
		has = is_own_soa(transfer, soa) && is_whole(soa) &&
		      ldns_rdf2native_int32(ldns_rr_rdf(soa, SERIAL_FIELD)) == serial;
	ldns_rr_free(soa);
	if (file != NULL)
		fclose(file);
	return has;
}

/* 1 if the zone has another serial than the copy, 0 if not. */
static int
has_changed(struct transfer *transfer, const char *copy)
{
	if (ask(transfer, LDNS_RR_TYPE_SOA) != 0 || take_message(transfer, note_serial, true) != 0)
		return -1;
	if (transfer->soas != 1)
		return ush_fail(transfer->err, NULL, 0, "the server does not have the zone");
	transfer->soas = 0;
	return copy_has(transfer, copy, transfer->serial) ? 0 : 1;
}

static int
fetch_all(struct transfer *transfer)
{
	if (ask(transfer, LDNS_RR_TYPE_AXFR) != 0)
		return -1;
	while (transfer->soas < 2) {
		if (take_message(transfer, write_record, false) != 0)
			return -1;
		if (get16(transfer->message + 6) == 0)
			return ush_fail(transfer->err, NULL, 0, "the server's answer is empty");
	}
	if (fflush(transfer->to) != 0 || ferror(transfer->to))
		return ush_fail_errno(transfer->err, NULL, "cannot write its copy");
	return 0;
}

static int
run(struct transfer *transfer, const char *copy, int fd)
{
	const struct ush_zone_source *zone = &transfer->source->zone;
	int own = dup(fd); /* the stream closes its own */
	int rc = -1;

	if (own == -1 || (transfer->to = fdopen(own, "w")) == NULL) {
		if (own != -1)
			close(own);
		return ush_fail_errno(transfer->err, NULL, "cannot write its copy");
	}
	if (ush_dns_stream_open(
	        &transfer->stream, &zone->from, transfer->source->timeout, transfer->err) == 0) {
		rc = has_changed(transfer, copy);
		if (rc == 1)
			rc = fetch_all(transfer);
		ush_dns_stream_close(&transfer->stream);
	}
	ush_tsig_fini(&transfer->tsig);
	fclose(transfer->to);
	return rc;
}

int
ush_zone_fetch(const struct ush_feed_source *source, const char *copy, int fd, uint64_t *bytes,
    struct ush_error *err)
{
	struct transfer *transfer = calloc(1, sizeof(*transfer));
	const char *name = source->zone.name;
	int rc = -1;

	if (transfer == NULL)
		return ush_fail(err, NULL, 0, "no memory");
	transfer->source = source;
	transfer->err = err;
	transfer->has_key = source->zone.key_file != NULL;
	if (ush_name_from_text(&transfer->zone, name, strlen(name)) != 0)
		ush_fail(err, NULL, 0, "%.200s is no name of a zone", name);
	else if (!transfer->has_key ||
	         ush_tsig_key_read(&transfer->key, source->zone.key_file, err) == 0)
		rc = run(transfer, copy, fd);
	*bytes = transfer->bytes;
	explicit_bzero(&transfer->key, sizeof(transfer->key));
	free(transfer);
	return rc;
}

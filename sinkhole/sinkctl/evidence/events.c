/* SPDX-License-Identifier: BSD-3-Clause */
#include <ctype.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>
#include "sinkhole/sinkctl/csv.h"
#include "sinkhole/sinkctl/evidence/log_sums.h"
#include "sinkhole/sinkctl/evidence/parts.h"
#include "sinkhole/sinkctl/log_walk.h"

#define RAW_MAX 10000
#define NAME_MAX_BYTES 128

/* What is done with each line of the host. */
struct collecting {
	struct ush_bundle *bundle;
	const struct ush_command *command;
	struct ush_evidence_count *count;
	FILE *lines; /* NULL: not now */
	struct ush_csv *index;
	struct ush_log_sums sums;
	const char *written_to; /* the name of that file */
	json_t *raw_names;      /* files in raw/ so far */
};

static int
copy_line(void *arg, const struct ush_log_line *line, struct ush_error *err)
{
	struct collecting *collecting = arg;
	char sum[USH_SUM_TEXT_MAX];

	if (ush_sum_bytes(line->text, line->len, sum) != 0)
		return ush_fail(err, NULL, 0, "out of memory");
	if (ush_log_sums_add(&collecting->sums, line->path, err) != 0)
		return -1;
	fwrite(line->text, 1, line->len, collecting->lines);
	fputc('\n', collecting->lines);
	collecting->count->lines++;
	ush_csv_text(collecting->index, collecting->written_to);
	ush_csv_text(collecting->index, line->event->id);
	ush_csv_text(collecting->index, line->path);
	ush_csv_uint(collecting->index, line->offset);
	ush_csv_uint(collecting->index, line->len);
	ush_csv_text(collecting->index, sum);
	ush_csv_end(collecting->index);
	return 0;
}

/* "raw/<event id>.bin"; the id came from a log. */
static void
raw_name(char out[NAME_MAX_BYTES], const char *id)
{
	size_t used = (size_t)snprintf(out, NAME_MAX_BYTES, "raw/");

	for (; *id != '\0' && used + 5 < NAME_MAX_BYTES; id++)
		out[used++] = isalnum((unsigned char)*id) || *id == '-' ? *id : '_';
	memcpy(out + used, ".bin", 5);
}

static int
put_raw(struct collecting *collecting, const char *id, const json_t *data, struct ush_error *err)
{
	size_t len = json_string_length(data);
	unsigned char *bytes = malloc(len / 4 * 3 + 3);
	char name[NAME_MAX_BYTES];
	int decoded;
	int rc = 0;

	if (bytes == NULL)
		return ush_fail(err, NULL, 0, "out of memory");
	decoded = EVP_DecodeBlock(bytes, (const unsigned char *)json_string_value(data), (int)len);
	for (size_t i = len; decoded > 0 && i > 0 && json_string_value(data)[i - 1] == '='; i--)
		decoded--;
	raw_name(name, id);
	/* A log that is being copied, or that was, has its events twice. */
	if (json_object_get(collecting->raw_names, name) != NULL) {
		collecting->count->raw_left++;
	} else if (decoded >= 0) {
		json_object_set_new(collecting->raw_names, name, json_true());
		rc = ush_bundle_put(collecting->bundle, name, bytes, (size_t)decoded, err);
		collecting->count->raw++;
	}
	free(bytes);
	return rc;
}

static int
take_raw(void *arg, const struct ush_log_line *line, struct ush_error *err)
{
	struct collecting *collecting = arg;
	json_t *root = json_loadb(line->text, line->len, JSON_ALLOW_NUL, NULL);
	const json_t *data =
	    json_object_get(json_object_get(json_object_get(root, "sinkhole"), "raw"), "data");
	int rc = 0;

	if (json_is_string(data)) {
		if (collecting->count->raw >= RAW_MAX)
			collecting->count->raw_left++;
		else
			rc = put_raw(collecting, line->event->id, data, err);
	}
	json_decref(root);
	return rc;
}

static int
copy_log(struct collecting *collecting, size_t number, struct ush_error *err)
{
	const struct ush_log_source *source = &collecting->command->settings->store.logs[number];
	char name[64];
	int rc;

	snprintf(name, sizeof(name), "events/%zu-%s.jsonl", number + 1,
	    ush_log_writer_text(source->writer));
	collecting->written_to = name;
	collecting->lines = ush_bundle_begin(collecting->bundle, name, err);
	if (collecting->lines == NULL)
		return -1;
	rc = ush_log_walk(collecting->command, source, copy_line, collecting, err);
	return rc == 0 ? ush_bundle_end(collecting->bundle, err) : -1;
}

static int
raw_of_log(struct collecting *collecting, size_t number, struct ush_error *err)
{
	const struct ush_log_source *source = &collecting->command->settings->store.logs[number];

	if (source->writer != USH_LOG_CONTACTS)
		return 0;
	return ush_log_walk(collecting->command, source, take_raw, collecting, err);
}

int
ush_evidence_events(struct ush_bundle *bundle, const struct ush_command *command,
    struct ush_evidence_count *out, struct ush_error *err)
{
	static const char *const titles[] = {
	    "file", "event_id", "log", "offset", "bytes", "sha256"};
	char *text = NULL;
	size_t len = 0;
	struct ush_csv index = {.to = open_memstream(&text, &len)};
	struct collecting collecting = {.bundle = bundle,
	    .command = command,
	    .count = out,
	    .index = &index,
	    .raw_names = json_object()};
	int rc;

	*out = (struct ush_evidence_count){0};
	if (index.to == NULL) {
		json_decref(collecting.raw_names);
		return ush_fail(err, NULL, 0, "out of memory");
	}
	for (size_t i = 0; i < sizeof(titles) / sizeof(titles[0]); i++)
		ush_csv_text(&index, titles[i]);
	ush_csv_end(&index);
	rc = ush_log_sums_begin(&collecting.sums, err);
	for (size_t i = 0; i < command->settings->store.log_count && rc == 0; i++)
		rc = copy_log(&collecting, i, err);
	if (rc == 0)
		rc = ush_log_sums_put(&collecting.sums, bundle, err);
	for (size_t i = 0; i < command->settings->store.log_count && rc == 0; i++)
		rc = raw_of_log(&collecting, i, err);
	if (fclose(index.to) != 0 && rc == 0)
		rc = ush_fail(err, NULL, 0, "out of memory");
	if (rc == 0)
		rc = ush_bundle_put(bundle, "events.csv", text, len, err);
	ush_log_sums_fini(&collecting.sums);
	json_decref(collecting.raw_names);
	free(text);
	return rc;
}

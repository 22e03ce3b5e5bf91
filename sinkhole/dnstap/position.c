/* SPDX-License-Identifier: BSD-3-Clause */
#include "sinkhole/dnstap/position.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>
#include "zones/replace.h"

/* A head is bytes of a log, cut anywhere: as hexadecimal digits it is JSON. */
static bool
read_head(struct ush_log_position *position, const char *digits)
{
	size_t len = digits != NULL ? strlen(digits) / 2 : 0;

	if (len == 0 || len > sizeof(position->head) || digits[2 * len] != '\0')
		return false;
	for (size_t i = 0; i < len; i++) {
		unsigned value;

		if (sscanf(digits + 2 * i, "%2x", &value) != 1)
			return false;
		position->head[i] = (char)value;
	}
	position->head_len = len;
	return true;
}

static void
write_head(const struct ush_log_position *position, char digits[2 * USH_LOG_HEAD_MAX + 1])
{
	for (size_t i = 0; i < position->head_len; i++)
		snprintf(digits + 2 * i, 3, "%02x", (unsigned char)position->head[i]);
	digits[2 * position->head_len] = '\0';
}

static bool
read_position(struct ush_log_position *position, json_t *object)
{
	json_t *offset = json_object_get(object, "offset");

	if (!json_is_integer(offset) || json_integer_value(offset) < 0 ||
	    !read_head(position, json_string_value(json_object_get(object, "head"))))
		return false;
	position->offset = (uint64_t)json_integer_value(offset);
	position->is_known = true;
	return true;
}

/* A file beside it, since the file itself is replaced with each save. */
int
ush_positions_lock(int *out, const char *path, struct ush_error *err)
{
	char *lock;
	int rc = 0;

	*out = -1;
	if (asprintf(&lock, "%s.lock", path) == -1)
		return ush_fail(err, path, 0, "out of memory");
	*out = open(lock, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0640);
	if (*out == -1)
		rc = ush_fail_errno(err, lock, "cannot be opened");
	else if (flock(*out, LOCK_EX | LOCK_NB) != 0)
		rc =
		    errno == EWOULDBLOCK
		        ? ush_fail(err, lock, 0,
		              "another sinkctl dnstap sends these logs: stop it first, or give this "
		              "one a store of its own")
		        : ush_fail_errno(err, lock, "cannot be locked");
	if (rc != 0 && *out != -1) {
		close(*out);
		*out = -1;
	}
	free(lock);
	return rc;
}

int
ush_positions_load(
    struct ush_log_position *positions, size_t count, const char *path, struct ush_error *err)
{
	json_error_t trouble;
	json_t *root;
	int rc = 0;

	if (access(path, F_OK) != 0 && errno == ENOENT)
		return 0;
	root = json_load_file(path, 0, &trouble);
	if (root == NULL)
		return ush_fail(err, path, 0,
		    "cannot be read as a position (%s); without this file sending starts with what "
		    "is written from now on",
		    trouble.text);
	for (size_t i = 0; i < count && rc == 0; i++) {
		json_t *object = json_object_get(root, positions[i].path);

		if (object != NULL && !read_position(&positions[i], object))
			rc = ush_fail(err, path, 0, "is no position that was written here");
	}
	json_decref(root);
	return rc;
}

static char *
dump(const struct ush_log_position *positions, size_t count)
{
	char digits[2 * USH_LOG_HEAD_MAX + 1];
	json_t *root = json_object();
	char *text;

	for (size_t i = 0; i < count; i++) {
		json_t *object = json_object();

		if (positions[i].is_known) {
			write_head(&positions[i], digits);
			json_object_set_new(object, "head", json_string(digits));
			json_object_set_new(
			    object, "offset", json_integer((json_int_t)positions[i].offset));
			json_object_set(root, positions[i].path, object);
		}
		json_decref(object);
	}
	text = json_dumps(root, JSON_INDENT(1));
	json_decref(root);
	return text;
}

int
ush_positions_save(
    const struct ush_log_position *positions, size_t count, const char *path, struct ush_error *err)
{
	struct ush_replacement file;
	char *text = dump(positions, count);
	int rc;

	if (text == NULL)
		return ush_fail(err, path, 0, "out of memory");
	rc = ush_replacement_open(&file, path, err);
	if (rc == 0 && write(file.fd, text, strlen(text)) != (ssize_t)strlen(text))
		rc = ush_fail_errno(err, path, "cannot be written");
	if (rc == 0)
		rc = ush_replacement_commit(&file, err);
	ush_replacement_close(&file);
	free(text);
	return rc;
}

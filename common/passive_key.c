/* SPDX-License-Identifier: BSD-3-Clause */
#include "common/passive_key.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>
#include "common/wholefile.h"

#define KEY_NAME "key"

static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};

static int
read_key(struct ush_passive_key *out, const char *path, struct ush_error *err)
{
	size_t size;
	void *bytes = ush_wholefile_read(path, &size, err);

	if (!bytes)
		return -1;
	if (size == sizeof(out->octets))
		memcpy(out->octets, bytes, sizeof(out->octets));
	free(bytes);
	if (size == sizeof(out->octets))
		return 0;
	return ush_fail(err, path, 0,
	    "is no key of %zu octets; remove it, and the record that was made with it",
	    sizeof(out->octets));
}

static int
make_key(struct ush_passive_key *out, const char *path, struct ush_error *err)
{
	struct iovec part = {out->octets, sizeof(out->octets)};

	if (getrandom(out->octets, sizeof(out->octets), 0) != sizeof(out->octets))
		return ush_fail_errno(err, path, "no random numbers for a key");
	return ush_wholefile_replace(path, &part, 1, err);
}

static char *
path_of(const char *directory, struct ush_error *err)
{
	char *path;

	if (asprintf(&path, "%s/" KEY_NAME, directory) != -1)
		return path;
	(void)ush_fail(err, directory, 0, "out of memory");
	return NULL;
}

int
ush_passive_key_load(struct ush_passive_key *out, const char *directory, struct ush_error *err)
{
	char *path = path_of(directory, err);
	int rc = path ? read_key(out, path, err) : -1;

	free(path);
	return rc;
}

int
ush_passive_key_make(struct ush_passive_key *out, const char *directory, struct ush_error *err)
{
	char *path;
	int rc;

	if (mkdir(directory, 0750) != 0 && errno != EEXIST)
		return ush_fail_errno(err, directory, "cannot make the directory");
	path = path_of(directory, err);
	if (!path)
		return -1;
	if (ush_passive_key_exists(directory))
		rc = read_key(out, path, err);
	else
		rc = make_key(out, path, err);
	free(path);
	return rc;
}

bool
ush_passive_key_exists(const char *directory)
{
	char *path = path_of(directory, NULL);
	bool is_gone = path && access(path, F_OK) != 0 && (errno == ENOENT || errno == ENOTDIR);

	free(path);
	return !is_gone;
}

uint64_t
ush_passive_key_check(const struct ush_passive_key *key)
{
	static const uint8_t no_kind = 0xff;

	return ush_siphash(key->octets, &no_kind, 1);
}

uint64_t
ush_passive_hash(const struct ush_passive_key *key, const struct ush_name *name, unsigned labels,
    enum ush_passive_kind kind)
{
	uint8_t basis[1 + USH_NAME_MAX];
	size_t at = 0;
	uint64_t hash;

	for (; labels > 0 && at + 1u < name->len; labels--)
		at += 1u + name->wire[at];
	basis[0] = (uint8_t)kind;
	memcpy(basis + 1, name->wire + at, name->len - at);
	hash = ush_siphash(key->octets, basis, 1 + name->len - at);
	return hash != 0 ? hash : 1;
}

struct ush_passive_client
ush_passive_client(const struct ush_address *address)
{
	struct ush_passive_client client = {0};

	if (address->family == AF_INET6) {
		memcpy(client.octets, address->octets, 16);
		return client;
	}
	memcpy(client.octets, mapped, sizeof(mapped));
	memcpy(client.octets + sizeof(mapped), address->octets, 4);
	return client;
}

struct ush_address
ush_passive_address(const struct ush_passive_client *client)
{
	struct ush_address address = {.family = AF_INET6};

	if (memcmp(client->octets, mapped, sizeof(mapped)) == 0) {
		address.family = AF_INET;
		memcpy(address.octets, client->octets + sizeof(mapped), 4);
	} else {
		memcpy(address.octets, client->octets, sizeof(client->octets));
	}
	return address;
}

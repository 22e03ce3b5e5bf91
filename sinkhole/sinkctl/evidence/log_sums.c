/* SPDX-License-Identifier: BSD-3-Clause */
#include "sinkhole/sinkctl/evidence/log_sums.h"

#include <fcntl.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "common/expand.h"

#define CHUNK 65536
#define RATIO_MAX 0 /* whatever compresses well: the file was read line by line before */

int
ush_log_sums_begin(struct ush_log_sums *sums, struct ush_error *err)
{
	*sums = (struct ush_log_sums){.fd = -1};
	sums->csv.to = open_memstream(&sums->text, &sums->len);
	if (sums->csv.to == NULL)
		return ush_fail(err, NULL, 0, "out of memory");
	ush_csv_text(&sums->csv, "log");
	ush_csv_text(&sums->csv, "compressed");
	ush_csv_text(&sums->csv, "bytes");
	ush_csv_text(&sums->csv, "sha256");
	ush_csv_end(&sums->csv);
	return 0;
}

/* The octets up to the present end, expanded. */
static int
sum_octets(struct ush_expander *expander, EVP_MD_CTX *context, const char *path, uint64_t *octets,
    struct ush_error *err)
{
	char chunk[CHUNK];
	ssize_t got;

	*octets = 0;
	while ((got = ush_expander_read(expander, chunk, sizeof(chunk))) > 0) {
		if (EVP_DigestUpdate(context, chunk, (size_t)got) != 1)
			return ush_fail(err, path, 0, "its sum cannot be made");
		*octets += (uint64_t)got;
	}
	return got == 0 ? 0 : ush_fail(err, path, 0, "%s", ush_expander_trouble(expander));
}

static int
write_sum(struct ush_log_sums *sums, struct ush_expander *expander, EVP_MD_CTX *context,
    struct ush_error *err)
{
	char sum[USH_SUM_TEXT_MAX];
	unsigned char digest[32];
	uint64_t octets;

	if (EVP_DigestInit_ex(context, EVP_sha256(), NULL) != 1 ||
	    sum_octets(expander, context, sums->path, &octets, err) != 0 ||
	    EVP_DigestFinal_ex(context, digest, NULL) != 1)
		return -1;
	ush_csv_text(&sums->csv, sums->path);
	ush_csv_text(&sums->csv, ush_expander_is_compressed(expander) ? "yes" : "no");
	ush_csv_uint(&sums->csv, octets);
	ush_csv_text(&sums->csv, ush_sum_text(digest, sum));
	ush_csv_end(&sums->csv);
	return 0;
}

/* Ends the file that is open, if any. */
static int
end_file(struct ush_log_sums *sums, struct ush_error *err)
{
	struct ush_expander *expander;
	EVP_MD_CTX *context;
	int rc = 0;

	if (sums->fd == -1)
		return 0;
	expander = ush_expander_new(sums->fd, RATIO_MAX);
	context = EVP_MD_CTX_new();
	rc = expander != NULL && context != NULL ? write_sum(sums, expander, context, err)
	                                         : ush_fail(err, NULL, 0, "out of memory");
	EVP_MD_CTX_free(context);
	ush_expander_free(expander);
	close(sums->fd);
	sums->fd = -1;
	return rc;
}

/* The file is opened with its first line, since it may be renamed before its last one. */
int
ush_log_sums_add(struct ush_log_sums *sums, const char *path, struct ush_error *err)
{
	if (sums->fd != -1 && strcmp(sums->path, path) == 0)
		return 0;
	if (end_file(sums, err) != 0)
		return -1;
	free(sums->path);
	sums->path = strdup(path);
	if (sums->path == NULL)
		return ush_fail(err, NULL, 0, "out of memory");
	sums->fd = open(path, O_RDONLY | O_CLOEXEC);
	return sums->fd != -1 ? 0 : ush_fail_errno(err, path, "cannot be read");
}

int
ush_log_sums_put(struct ush_log_sums *sums, struct ush_bundle *bundle, struct ush_error *err)
{
	if (end_file(sums, err) != 0)
		return -1;
	if (fflush(sums->csv.to) != 0)
		return ush_fail(err, NULL, 0, "out of memory");
	return ush_bundle_put(bundle, "logs.csv", sums->text, sums->len, err);
}

void
ush_log_sums_fini(struct ush_log_sums *sums)
{
	if (sums->csv.to != NULL)
		fclose(sums->csv.to);
	if (sums->fd != -1)
		close(sums->fd);
	free(sums->text);
	free(sums->path);
}

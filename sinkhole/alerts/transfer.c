/* SPDX-License-Identifier: BSD-3-Clause */
#include "sinkhole/alerts/transfer.h"

#include "common/version.h"

static size_t
throw_away(char *data, size_t size, size_t count, void *arg)
{
	(void)data;
	(void)arg;
	return size * count;
}

/* Called at least once a second. */
static int
on_progress(void *arg, curl_off_t a, curl_off_t b, curl_off_t c, curl_off_t d)
{
	(void)a;
	(void)b;
	(void)c;
	(void)d;
	return atomic_load((const atomic_bool *)arg);
}

/* Redirections are not followed: what is signed for one place is not for another. */
CURL *
ush_transfer_new(const char *url, uint32_t timeout_s, const atomic_bool *is_stopping)
{
	CURL *transfer = curl_easy_init();

	if (transfer == NULL)
		return NULL;
	curl_easy_setopt(transfer, CURLOPT_URL, url);
	curl_easy_setopt(transfer, CURLOPT_PROTOCOLS_STR, "http,https,smtp");
	curl_easy_setopt(transfer, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(transfer, CURLOPT_TIMEOUT, (long)timeout_s);
	curl_easy_setopt(transfer, CURLOPT_USERAGENT, "unbound-sinkhole/" USH_VERSION);
	curl_easy_setopt(transfer, CURLOPT_WRITEFUNCTION, throw_away);
	curl_easy_setopt(transfer, CURLOPT_NOPROGRESS, 0L);
	curl_easy_setopt(transfer, CURLOPT_XFERINFOFUNCTION, on_progress);
	curl_easy_setopt(transfer, CURLOPT_XFERINFODATA, (void *)(uintptr_t)is_stopping);
	return transfer;
}

int
ush_transfer_run(CURL *transfer, struct ush_error *err)
{
	char reason[CURL_ERROR_SIZE] = "";
	CURLcode rc;

	curl_easy_setopt(transfer, CURLOPT_ERRORBUFFER, reason);
	rc = curl_easy_perform(transfer);
	curl_easy_setopt(transfer, CURLOPT_ERRORBUFFER, NULL);
	if (rc == CURLE_OK)
		return 0;
	return ush_fail(err, NULL, 0, "%s", reason[0] != '\0' ? reason : curl_easy_strerror(rc));
}

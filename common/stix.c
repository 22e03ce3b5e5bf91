/* SPDX-License-Identifier: BSD-3-Clause */
#include "common/stix.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

char *
ush_stix_pattern(enum ush_stix_kind kind, const char *value)
{
	static const char *const begin[] = {
	    [USH_STIX_NAME] = "[domain-name:value = '",
	    [USH_STIX_IPV4] = "[ipv4-addr:value = '",
	    [USH_STIX_IPV6] = "[ipv6-addr:value = '",
	    [USH_STIX_URL] = "[url:value = 'http://",
	};
	static const char *const single[] = {[USH_STIX_NAME] = "",
	    [USH_STIX_IPV4] = "/32",
	    [USH_STIX_IPV6] = "/128",
	    [USH_STIX_URL] = ""};
	char *text = NULL;
	size_t len = 0;
	FILE *to = open_memstream(&text, &len);

	if (to == NULL)
		return NULL;
	fputs(begin[kind], to);
	for (const char *at = value; *at != '\0' && strcmp(at, single[kind]) != 0; at++)
		fprintf(to, *at == '\'' || *at == '\\' ? "\\%c" : "%c", *at);
	fputs("']", to);
	if (fclose(to) == 0)
		return text;
	free(text);
	return NULL;
}

int
ush_stix_confidence(const char *word)
{
	static const struct {
		const char *word;
		int value;
	} words[] = {{"high", 85}, {"medium", 50}, {"low", 15}};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strcmp(word, words[i].word) == 0)
			return words[i].value;
	}
	return -1;
}

/* SPDX-License-Identifier: BSD-3-Clause */
/* What the settings of the page need beside their table: words of an organisation's own, and which
 * keys go together. */
#include <stdlib.h>
#include <string.h>
#include "common/settings_tables.h"

#define WORDS_MAX 1024
#define WORD_MAX 128

/* A header separates groups by commas and semicolons, a password file users by colons. */
static bool
is_word(const char *text)
{
	if (text == NULL || text[0] == '\0' || strlen(text) > WORD_MAX)
		return false;
	for (const char *at = text; *at != '\0'; at++) {
		if ((unsigned char)*at < 0x20 || *at == 0x7f || strchr(",;:", *at) != NULL)
			return false;
	}
	return true;
}

int
ush_read_words(const struct ush_yaml *yaml, const struct ush_yaml_node *node, void *member,
    struct ush_error *err)
{
	struct ush_names *list = member;

	if (!ush_yaml_is_list(node) || ush_yaml_count(node) > WORDS_MAX)
		return ush_yaml_fail(
		    yaml, node, err, "expected a list of at most %d names", WORDS_MAX);
	list->items = calloc(ush_yaml_count(node) + 1, sizeof(*list->items));
	if (list->items == NULL)
		return ush_yaml_fail(yaml, node, err, "out of memory");
	for (size_t i = 0; i < ush_yaml_count(node); i++) {
		const char *text = ush_yaml_text(ush_yaml_item(node, i));

		if (!is_word(text))
			return ush_yaml_fail(yaml, ush_yaml_item(node, i), err,
			    "expected the name of a group or user, without \",\", \";\" and \":\"");
		list->items[i] = strdup(text);
		if (list->items[i] == NULL)
			return ush_yaml_fail(yaml, node, err, "out of memory");
		list->count++;
	}
	return 0;
}

/* The value of a key of `watch`, for its line; the map itself if the key is not written. */
static const struct ush_yaml_node *
place_of(const struct ush_yaml_node *file, const char *key)
{
	const struct ush_yaml_node *watch = ush_yaml_get(file, "watch");
	const struct ush_yaml_node *value = watch != NULL ? ush_yaml_get(watch, key) : NULL;

	return value != NULL ? value : watch != NULL ? watch : file;
}

int
ush_check_watch(const struct ush_yaml *yaml, const struct ush_yaml_node *node,
    const struct ush_settings *settings, struct ush_error *err)
{
	const struct ush_watch_settings *watch = &settings->watch;
	char address[USH_ADDRESS_TEXT_MAX];

	if (watch->certificate != NULL && watch->key == NULL)
		return ush_yaml_fail(yaml, place_of(node, "certificate"), err,
		    "certificate needs the key that belongs to it");
	if (watch->certificate == NULL && watch->key != NULL)
		return ush_yaml_fail(
		    yaml, place_of(node, "key"), err, "key needs the certificate it belongs to");
	if (watch->login == USH_LOGIN_PASSWORD && watch->password_file == NULL)
		return ush_yaml_fail(
		    yaml, place_of(node, "login"), err, "login: password needs password-file");
	if (watch->login == USH_LOGIN_NONE && watch->responders.count + watch->viewers.count > 0)
		return ush_yaml_fail(yaml,
		    place_of(node, watch->responders.count > 0 ? "responders" : "viewers"), err,
		    "without login nobody is known: set login: proxy or login: password");
	if (!ush_address_is_loopback(&watch->listen.address) &&
	    (watch->certificate == NULL || watch->login == USH_LOGIN_NONE))
		return ush_yaml_fail(yaml, place_of(node, "listen"), err,
		    "%s is no loopback address: to be asked from other machines, the page needs "
		    "certificate, key and login",
		    ush_address_to_text(&watch->listen.address, address));
	return 0;
}

static const struct ush_field *
find_part(const char *key)
{
	const struct ush_field *part = ush_settings_fields;

	while (part->key != NULL && strcmp(part->key, key) != 0)
		part++;
	return part->key != NULL ? part : NULL;
}

/* A part with an unknown name may have been meant to be any of them. */
static bool
has_known_parts(const struct ush_yaml_node *file)
{
	const struct ush_yaml_node *value;

	for (size_t i = 0; i < ush_yaml_count(file); i++) {
		if (find_part(ush_yaml_key(file, i, &value)) == NULL)
			return false;
	}
	return true;
}

/* How often the key stands in the node, however deep. */
static unsigned
count_key(const struct ush_yaml_node *node, const char *key)
{
	unsigned count = 0;

	for (size_t i = 0; i < ush_yaml_count(node); i++) {
		const struct ush_yaml_node *value;

		if (ush_yaml_is_list(node))
			value = ush_yaml_item(node, i);
		else if (strcmp(ush_yaml_key(node, i, &value), key) == 0)
			count++;
		count += count_key(value, key);
	}
	return count;
}

static bool
has_no_login(const struct ush_yaml *yaml, struct ush_settings *settings)
{
	const struct ush_yaml_node *file = ush_yaml_root(yaml);
	const struct ush_yaml_node *watch;

	if (!ush_yaml_is_map(file) || !has_known_parts(file))
		return false;
	watch = ush_yaml_get(file, "watch");
	if (watch != NULL && ush_yaml_is_null(watch)) /* all its lines are comments */
		watch = NULL;
	return ush_yaml_read(yaml, watch, find_part("watch")->fields, &settings->watch, NULL) ==
	           0 &&
	       ush_check_watch(yaml, file, settings, NULL) == 0 &&
	       settings->watch.login == USH_LOGIN_NONE &&
	       count_key(file, "login") == (watch != NULL ? count_key(watch, "login") : 0);
}

bool
ush_settings_have_no_login(const char *path)
{
	struct ush_settings *settings = calloc(1, sizeof(*settings));
	struct ush_yaml *yaml = NULL;
	bool have_none = settings != NULL && ush_yaml_load(&yaml, path, NULL) == 0 &&
	                 has_no_login(yaml, settings);

	ush_yaml_free(yaml);
	ush_settings_free(settings);
	return have_none;
}

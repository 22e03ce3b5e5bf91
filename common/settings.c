/* SPDX-License-Identifier: BSD-3-Clause */
#include "common/settings.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "common/settings_tables.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const char *const action_words[] = {
    [USH_ACTION_NONE] = "none",
    [USH_ACTION_SINKHOLE] = "sinkhole",
    [USH_ACTION_NXDOMAIN] = "nxdomain",
    [USH_ACTION_NODATA] = "nodata",
    [USH_ACTION_DROP] = "drop",
    [USH_ACTION_PASSTHRU] = "passthru",
    [USH_ACTION_MONITOR] = "monitor",
    [USH_ACTION_OFF] = "off",
};

static const char *const role_words[] = {
    [USH_ROLE_NONE] = "none",
    [USH_ROLE_FORWARDER] = "forwarder",
    [USH_ROLE_PROXY] = "proxy",
    [USH_ROLE_MAIL_GATEWAY] = "mail-gateway",
    [USH_ROLE_SCANNER] = "scanner",
    [USH_ROLE_SANDBOX] = "sandbox",
    [USH_ROLE_DRILL] = "drill",
};

const char *
ush_action_text(enum ush_action action)
{
	return (size_t)action < COUNT(action_words) ? action_words[action] : "unknown";
}

int
ush_action_from_text(enum ush_action *out, const char *text)
{
	for (size_t i = USH_ACTION_SINKHOLE; i < COUNT(action_words); i++) {
		if (strcmp(action_words[i], text) == 0) {
			*out = (enum ush_action)i;
			return 0;
		}
	}
	return -1;
}

const char *
ush_log_writer_text(enum ush_log_writer writer)
{
	return writer == USH_LOG_DNS ? "dns" : "contacts";
}

const char *
ush_role_text(enum ush_role_kind role)
{
	return (size_t)role < COUNT(role_words) ? role_words[role] : "unknown";
}

static int
default_observer(struct ush_settings *settings, struct ush_error *err)
{
	char host[256];

	if (settings->observer != NULL)
		return 0;
	if (gethostname(host, sizeof(host)) == -1)
		memcpy(host, "localhost", sizeof("localhost"));
	host[sizeof(host) - 1] = '\0';
	settings->observer = strdup(host);
	if (settings->observer == NULL)
		return ush_fail(err, settings->path, 0, "out of memory");
	return 0;
}

/* Without store.logs sinkctl reads what the two programs of this machine write. */
static int
default_logs(struct ush_settings *settings, struct ush_error *err)
{
	struct ush_store_settings *store = &settings->store;

	if (store->log_count > 0)
		return 0;
	store->logs = calloc(2, sizeof(*store->logs));
	if (store->logs == NULL)
		return ush_fail(err, settings->path, 0, "out of memory");
	store->log_count = 2;
	store->logs[0].writer = USH_LOG_DNS;
	store->logs[0].path = strdup(settings->module.event_log);
	store->logs[1].writer = USH_LOG_CONTACTS;
	store->logs[1].path = strdup(settings->sinkhole.event_log);
	if (store->logs[0].path == NULL || store->logs[1].path == NULL)
		return ush_fail(err, settings->path, 0, "out of memory");
	return 0;
}

static int
read_tree(struct ush_settings **out, const struct ush_yaml *yaml, struct ush_error *err)
{
	const char *path = ush_yaml_file(yaml);
	struct ush_settings *settings = calloc(1, sizeof(*settings));

	*out = NULL;
	if (settings == NULL || (settings->path = strdup(path)) == NULL) {
		ush_fail(err, path, 0, "out of memory");
	} else if (ush_yaml_read(yaml, ush_yaml_root(yaml), ush_settings_fields, settings, err) ==
	               0 &&
	           ush_check_watch(yaml, ush_yaml_root(yaml), settings, err) == 0 &&
	           default_observer(settings, err) == 0 && default_logs(settings, err) == 0) {
		*out = settings;
		return 0;
	}
	ush_settings_free(settings);
	return -1;
}

int
ush_settings_load(struct ush_settings **out, const char *path, struct ush_error *err)
{
	struct ush_yaml *yaml;
	int rc;

	*out = NULL;
	if (ush_yaml_load(&yaml, path, err) != 0)
		return -1;
	/* More likely cut short while it was being saved than meant: it would undo a mode or an
	 * exemption that is in force. */
	if (ush_yaml_count(ush_yaml_root(yaml)) == 0)
		rc = ush_fail(
		    err, path, 0, "is empty: write at least the mode, such as \"mode: enforce\"");
	else
		rc = read_tree(out, yaml, err);
	ush_yaml_free(yaml);
	return rc;
}

/* Whether a top-level key begins here: anything in the first column but a comment. */
static bool
begins_part(const char *line)
{
	return strchr(" \t\r\n#-", line[0]) == NULL;
}

/* Overwrites the top-level key that `line` (from 1) stands in with blanks. False if there was
 * nothing left to overwrite. */
static bool
blank_part(char *text, size_t len, unsigned line)
{
	char *end = text + len;
	char *part = text; /* the last one that began */
	bool is_changed = false;
	unsigned number = 1;

	for (char *at = text; at < end && number <= line; number++) {
		char *newline = memchr(at, '\n', (size_t)(end - at));

		if (begins_part(at))
			part = at;
		at = newline != NULL ? newline + 1 : end;
	}
	for (char *at = part; at < end && (at == part || at[-1] != '\n' || !begins_part(at));
	     at++) {
		is_changed = is_changed || (*at != ' ' && *at != '\n');
		if (*at != '\n')
			*at = ' ';
	}
	return is_changed;
}

int
ush_settings_load_parts(struct ush_settings **out, const char *path, ush_settings_mistake_fn *fn,
    void *arg, struct ush_error *err)
{
	size_t len;
	char *text = ush_yaml_text_of(path, &len, err);
	bool is_blank = false;
	int rc = -1;

	*out = NULL;
	if (text == NULL)
		return -1;
	/* Each round overwrites something, and an empty text has no mistake. */
	for (;;) {
		struct ush_error mistake = {0};
		struct ush_yaml *yaml;

		rc = ush_yaml_parse(&yaml, path, text, len, &mistake);
		if (rc == 0) {
			rc = read_tree(out, yaml, &mistake);
			ush_yaml_free(yaml);
		}
		if (rc == 0 || is_blank) {
			if (rc != 0 && err != NULL)
				*err = mistake;
			break;
		}
		fn(arg, &mistake);
		if (!blank_part(text, len, mistake.line)) {
			memset(text, ' ', len);
			is_blank = true;
		}
	}
	free(text);
	return rc;
}

static void
module_fini(struct ush_module_settings *module)
{
	free(module->database);
	free(module->event_log);
	ush_networks_fini(&module->pool);
	ush_networks_fini(&module->exempt);
	ush_networks_fini(&module->monitor_only);
	ush_networks_fini(&module->trusted_forwarders);
	free(module->canary);
	free(module->ede_text);
	free(module->modules_directory);
	free(module->passive_directory);
}

static void
sinkhole_fini(struct ush_sinkhole_settings *sinkhole)
{
	free(sinkhole->database);
	free(sinkhole->event_log);
	for (size_t i = 0; i < sinkhole->listen_count; i++) {
		free(sinkhole->listen[i].tcp);
		free(sinkhole->listen[i].udp);
	}
	free(sinkhole->listen);
	ush_networks_fini(&sinkhole->trusted_proxies);
	free(sinkhole->forwarded_ports.items);
	free(sinkhole->user);
	free(sinkhole->organisation);
	free(sinkhole->contact);
}

static void
store_fini(struct ush_store_settings *store)
{
	free(store->path);
	free(store->records);
	free(store->push_to);
	free(store->pull_from);
	for (size_t i = 0; i < store->identity_count; i++)
		free(store->identities[i].path);
	free(store->identities);
	free(store->host_names);
	free(store->dnstap);
	for (size_t i = 0; i < store->log_count; i++) {
		free(store->logs[i].path);
		free(store->logs[i].observer);
	}
	free(store->logs);
}

static void
update_fini(struct ush_update_settings *update)
{
	free(update->directory);
	for (size_t i = 0; i < update->feed_count; i++) {
		struct ush_feed_source *source = &update->feeds[i];

		free(source->name);
		free(source->file);
		free(source->directory);
		free(source->command);
		free(source->zone.name);
		free(source->zone.key_file);
		free(source->format);
		free(source->campaign);
	}
	free(update->feeds);
}

static void
overrides_fini(struct ush_overrides *overrides)
{
	for (size_t i = 0; i < overrides->count; i++)
		free(overrides->items[i].name);
	free(overrides->items);
}

static void
names_fini(struct ush_names *names)
{
	for (size_t i = 0; i < names->count; i++)
		free(names->items[i]);
	free(names->items);
}

static void
watch_fini(struct ush_watch_settings *watch)
{
	names_fini(&watch->names);
	free(watch->certificate);
	free(watch->key);
	ush_networks_fini(&watch->proxies);
	free(watch->user_header);
	free(watch->group_header);
	free(watch->password_file);
	names_fini(&watch->responders);
	names_fini(&watch->viewers);
	free(watch->pseudonym_key);
	free(watch->access_log);
}

static void
alerts_fini(struct ush_alert_settings *alerts)
{
	free(alerts->quiet.items);
	free(alerts->link);
	for (size_t i = 0; i < alerts->output_count; i++) {
		struct ush_alert_output *output = &alerts->outputs[i];

		free(output->name);
		free(output->webhook);
		free(output->webhook_file);
		free(output->secret_file);
		free(output->ca_file);
		names_fini(&output->mail);
		free(output->from);
		free(output->through);
		free(output->syslog);
		names_fini(&output->program);
	}
	free(alerts->outputs);
}

void
ush_settings_free(struct ush_settings *settings)
{
	if (settings == NULL)
		return;
	names_fini(&settings->own_domains);
	watch_fini(&settings->watch);
	module_fini(&settings->module);
	sinkhole_fini(&settings->sinkhole);
	store_fini(&settings->store);
	update_fini(&settings->update);
	alerts_fini(&settings->alerts);
	for (size_t i = 0; i < settings->role_count; i++)
		ush_networks_fini(&settings->roles[i].networks);
	free(settings->roles);
	overrides_fini(&settings->campaigns);
	overrides_fini(&settings->feeds);
	free(settings->observer);
	free(settings->path);
	free(settings);
}

const char *
ush_settings_path(const char *explicit_path)
{
	const char *path;

	if (explicit_path != NULL)
		return explicit_path;
	path = secure_getenv(USH_SETTINGS_ENV);
	return path != NULL && path[0] != '\0' ? path : USH_SETTINGS_PATH;
}

void
ush_settings_describe(FILE *to)
{
	ush_yaml_describe(to, "", ush_settings_fields);
}

static void
add_restart_keys(char buf[USH_RESTART_KEYS_MAX], const char *prefix, const struct ush_field *fields)
{
	for (; fields->key != NULL; fields++) {
		size_t used = strlen(buf);

		if (strcmp(fields->key, "watch") == 0 || strcmp(fields->key, "alerts") == 0)
			continue; /* sinkwatch's own */
		if (fields->kind == USH_FIELD_MAP) {
			char inside[64];

			snprintf(inside, sizeof(inside), "%s%s.", prefix, fields->key);
			add_restart_keys(buf, inside, fields->fields);
		} else if (fields->applied == USH_APPLIED_RESTART) {
			snprintf(buf + used, USH_RESTART_KEYS_MAX - used, "%s%s%s",
			    used > 0 ? ", " : "", prefix, fields->key);
		}
	}
}

const char *
ush_settings_restart_keys(char buf[USH_RESTART_KEYS_MAX])
{
	buf[0] = '\0';
	add_restart_keys(buf, "", ush_settings_fields);
	return buf;
}

const struct ush_override *
ush_override_find(const struct ush_overrides *overrides, const char *name)
{
	for (size_t i = 0; i < overrides->count; i++) {
		if (strcmp(overrides->items[i].name, name) == 0)
			return &overrides->items[i];
	}
	return NULL;
}

enum ush_role_kind
ush_settings_role(const struct ush_settings *settings, const struct ush_address *host)
{
	for (size_t i = 0; i < settings->role_count; i++) {
		if (ush_networks_contain(&settings->roles[i].networks, host))
			return settings->roles[i].kind;
	}
	return USH_ROLE_NONE;
}

bool
ush_ports_contain(const struct ush_ports *ports, uint16_t port)
{
	for (size_t i = 0; i < ports->count; i++) {
		if (ports->items[i] == port)
			return true;
	}
	return false;
}

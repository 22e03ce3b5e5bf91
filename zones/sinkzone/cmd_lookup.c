/* SPDX-License-Identifier: BSD-3-Clause */
/* sinkzone lookup: which rule fires for a name, URL or address, from where it comes, what else
 * matched. */
#include "zones/sinkzone/command.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include "common/terminal.h"
#include "zones/sinkzone/answer.h"
#include "zones/sinkzone/jsontext.h"

/* As grep(1) has it: 1 is an answer. */
enum { EXIT_LISTED = 0, EXIT_NOT_LISTED = 1, EXIT_TROUBLE = 2 };

struct arguments {
	const char *settings;
	bool json;
	bool quiet;
	const char **operands; /* a database and questions; ends with NULL */
	size_t operand_count;
};

static const char *
scope_text(const struct ush_answer_rule *found)
{
	return ush_scope_text(found->exact, found->match.subdomains);
}

static const char *
verdict(const struct ush_answer *answer)
{
	if (answer->canary)
		return "the canary";
	if (answer->allowed && !answer->listed)
		return "never blocked";
	if (answer->partly && !answer->listed)
		return "listed in part";
	return answer->listed ? "listed" : "not listed";
}

/* What a feed or the command line says. */
static void
print_foreign(const char *before, const char *text, const char *after)
{
	fputs(before, stdout);
	ush_terminal_put(stdout, text);
	fputs(after, stdout);
}

static void
print_optional(const char *label, const char *text)
{
	if (text[0] == '\0')
		return;
	printf("  %-11s", label);
	print_foreign(" ", text, "\n");
}

static void
print_source(const struct ush_source *source)
{
	printf("  %-11s", "from");
	print_foreign(" ", source->feed, ", ");
	print_foreign("", source->file, "");
	printf(":%u", source->line);
	if (source->report_line != 0)
		printf(", line %u of the report", source->report_line);
	putchar('\n');
	print_optional("reference", source->reference);
	print_optional("added", source->added);
	print_optional("expires", source->expires);
	print_optional("confidence", source->confidence);
	print_optional("written", source->raw);
	print_optional("remark", source->remark);
}

static void
print_addresses(const struct ush_policy *policy, const struct ush_answer_rule *found)
{
	char text[USH_ADDRESS_TEXT_MAX];
	const struct ush_address *address;
	static const int families[] = {AF_INET, AF_INET6};

	for (unsigned i = 0; policy != NULL && i < 2; i++) {
		address = ush_policy_address(policy, found->match.class_id, families[i]);
		if (address != NULL)
			printf(" %s", ush_address_to_text(address, text));
	}
}

static void
print_finding(const struct ush_policy *policy, const struct ush_answer_rule *found)
{
	static const char *const kinds[] = {"", "name", "network", "URL"};

	if (found->fires)
		printf("  %-11s %s", "action",
		    found->class.never_block ? "never block" : ush_action_text(found->action));
	else
		printf("  %-11s %s: %s", "lost", ush_action_text(found->class.action),
		    found->why_lost);
	if (found->fires && found->action == USH_ACTION_SINKHOLE)
		print_addresses(policy, found);
	if (found->action != found->class.action)
		printf(" (compiled as %s)", ush_action_text(found->class.action));
	printf("\n  %-11s %s", "rule", kinds[found->kind]);
	print_foreign(" ", found->source.trigger, "");
	if (found->kind == USH_RULE_NAME)
		printf(" (%s)", scope_text(found));
	if (found->kind == USH_RULE_URL)
		printf(" (%s%s)", found->planted ? "planted" : "plausible",
		    found->host_known ? "" : ", host is a guess");
	putchar('\n');
	printf("  %-11s", "campaign");
	print_foreign(" ", found->class.campaign, "");
	if (found->campaign.software[0] != '\0')
		print_foreign(" (", found->campaign.software, ")");
	putchar('\n');
	print_source(&found->source);
}

static void
print_site(const struct ush_settings *settings, const struct ush_answer *answer)
{
	static const char *const modes[] = {
	    [USH_MODE_ENFORCE] = "enforce",
	    [USH_MODE_MONITOR] = "monitor: nothing is blocked, it is only recorded",
	    [USH_MODE_OFF] = "off: no rule fires, nothing is recorded",
	};
	struct ush_address address;
	char text[USH_ADDRESS_TEXT_MAX];

	printf("  %-11s %s\n", "mode", modes[settings->mode]);
	if (!answer->canary)
		return;
	printf("  %-11s sinkhole", "canary");
	if (ush_pool_canary(&settings->module.pool, AF_INET, &address) == 0)
		printf(" %s", ush_address_to_text(&address, text));
	if (ush_pool_canary(&settings->module.pool, AF_INET6, &address) == 0)
		printf(" %s", ush_address_to_text(&address, text));
	puts(" always, and marked as a drill");
}

static void
print_text(const struct ush_site *site, const struct ush_answer *answer)
{
	print_foreign("", answer->query, ": ");
	puts(verdict(answer));
	if (site->settings != NULL)
		print_site(site->settings, answer);
	for (size_t i = 0; i < answer->rule_count; i++)
		print_finding(site->policy, &answer->rules[i]);
	for (size_t i = 0; i < answer->note_count; i++) {
		printf("  %-11s", "only known");
		print_foreign(" ", answer->notes[i].type, "");
		print_foreign(" ", answer->notes[i].source.trigger, "\n");
		print_source(&answer->notes[i].source);
	}
}

static void
set_text(json_t *object, const char *key, const char *text)
{
	if (text != NULL && text[0] != '\0')
		json_object_set_new(object, key, ush_json_from_text(text));
}

static void
set_source(json_t *object, const struct ush_source *source)
{
	set_text(object, "feed", source->feed);
	set_text(object, "file", source->file);
	json_object_set_new(object, "line", json_integer(source->line));
	if (source->report_line != 0)
		json_object_set_new(object, "report_line", json_integer(source->report_line));
	set_text(object, "reference", source->reference);
	set_text(object, "added", source->added);
	set_text(object, "expires", source->expires);
	set_text(object, "confidence", source->confidence);
	set_text(object, "raw", source->raw);
	set_text(object, "remark", source->remark);
}

static json_t *
finding_json(const struct ush_policy *policy, const struct ush_answer_rule *found)
{
	static const char *const kinds[] = {"", "name", "network", "url"};
	char text[USH_ADDRESS_TEXT_MAX];
	json_t *object = json_object();
	json_t *addresses = json_array();

	set_text(object, "kind", kinds[found->kind]);
	set_text(object, "trigger", found->source.trigger);
	json_object_set_new(object, "fires", json_boolean(found->fires));
	set_text(object, "lost", found->why_lost);
	set_text(object, "action", ush_action_text(found->action));
	set_text(object, "compiled_action", ush_action_text(found->class.action));
	json_object_set_new(object, "never_block", json_boolean(found->class.never_block));
	if (found->kind == USH_RULE_NAME)
		set_text(object, "scope", scope_text(found));
	if (found->kind == USH_RULE_URL) {
		set_text(object, "path", found->planted ? "planted" : "plausible");
		json_object_set_new(object, "host_known", json_boolean(found->host_known));
	}
	set_text(object, "campaign", found->class.campaign);
	set_text(object, "software", found->campaign.software);
	for (int family = AF_INET; policy != NULL; family = AF_INET6) {
		const struct ush_address *address =
		    ush_policy_address(policy, found->match.class_id, family);

		if (address != NULL)
			json_array_append_new(
			    addresses, json_string(ush_address_to_text(address, text)));
		if (family == AF_INET6)
			break;
	}
	json_object_set_new(object, "addresses", addresses);
	set_source(object, &found->source);
	return object;
}

static json_t *
answer_json(const struct ush_site *site, const struct ush_answer *answer)
{
	static const char *const modes[] = {
	    [USH_MODE_ENFORCE] = "enforce", [USH_MODE_MONITOR] = "monitor", [USH_MODE_OFF] = "off"};
	json_t *object = json_object();
	json_t *rules = json_array();
	json_t *notes = json_array();

	set_text(object, "query", answer->query);
	json_object_set_new(object, "listed", json_boolean(answer->listed));
	json_object_set_new(object, "never_block", json_boolean(answer->allowed));
	if (site->settings != NULL) {
		set_text(object, "mode", modes[site->settings->mode]);
		json_object_set_new(object, "canary", json_boolean(answer->canary));
	}
	for (size_t i = 0; i < answer->rule_count; i++)
		json_array_append_new(rules, finding_json(site->policy, &answer->rules[i]));
	for (size_t i = 0; i < answer->note_count; i++) {
		json_t *note = json_object();

		set_text(note, "type", answer->notes[i].type);
		set_text(note, "value", answer->notes[i].source.trigger);
		set_source(note, &answer->notes[i].source);
		json_array_append_new(notes, note);
	}
	json_object_set_new(object, "rules", rules);
	json_object_set_new(object, "notes", notes);
	return object;
}

/* One line, or a paragraph, for each thing asked. */
static int
answer_all(const struct ush_blocklist *list, const struct ush_site *site,
    const struct arguments *arguments)
{
	const char **queries = arguments->operands + 1;
	int status = EXIT_LISTED;

	for (; *queries != NULL; queries++) {
		struct ush_error err = {0};
		struct ush_answer answer;

		if (ush_answer_make(&answer, list, site, *queries, &err) != 0) {
			ush_command_fail(&err);
			status = EXIT_TROUBLE;
			continue;
		}
		if (!answer.listed && !answer.canary && status == EXIT_LISTED)
			status = EXIT_NOT_LISTED;
		if (arguments->json) {
			json_t *object = answer_json(site, &answer);

			json_dumpf(object, stdout, JSON_COMPACT);
			putchar('\n');
			json_decref(object);
		} else if (!arguments->quiet) {
			print_text(site, &answer);
		}
		ush_answer_fini(&answer);
	}
	return ush_command_flush(USH_EXIT_DONE) == USH_EXIT_DONE ? status : EXIT_TROUBLE;
}

static int
lookup(const struct arguments *arguments)
{
	struct ush_settings *settings = NULL;
	struct ush_blocklist *list = NULL;
	struct ush_policy *policy = NULL;
	struct ush_error err = {0};
	int status = EXIT_TROUBLE;

	if ((arguments->settings != NULL &&
	        ush_settings_load(&settings, arguments->settings, &err) != 0) ||
	    ush_blocklist_open(&list, arguments->operands[0], USH_PART_ALL, &err) != 0 ||
	    (settings != NULL && ush_policy_new(&policy, list, &settings->module.pool,
	                             &settings->campaigns, &settings->feeds, &err) != 0))
		ush_command_fail(&err);
	else {
		if (settings != NULL && !arguments->quiet)
			ush_command_warn_overrides(list, settings);
		status = answer_all(
		    list, &(struct ush_site){.settings = settings, .policy = policy}, arguments);
	}
	ush_policy_free(policy);
	ush_blocklist_close(list);
	ush_settings_free(settings);
	return status;
}

static int
take_operand(void *arg, const char *text, struct ush_error *err)
{
	struct arguments *arguments = arg;

	(void)err;
	arguments->operands[arguments->operand_count++] = text;
	return 0;
}

static int
lookup_main(int argc, char **argv)
{
	struct arguments arguments = {.operands = calloc((size_t)argc + 1, sizeof(char *))};
	int status;

	if (arguments.operands == NULL)
		return ush_command_fail(&(struct ush_error){.text = "no memory"});
	if (ush_command_read(&ush_cmd_lookup, take_operand, &arguments, argc, argv, &status)) {
		if (arguments.operand_count < 2)
			status = ush_command_misuse(
			    &ush_cmd_lookup, "a database and what to look up are needed");
		else
			status = lookup(&arguments);
	}
	free(arguments.operands);
	return status;
}

static const struct ush_option options[] = {
    {USH_OPTION_TEXT, "config", 'c', "FILE", offsetof(struct arguments, settings),
        .help = "settings: show mode, effective action and address"},
    {USH_OPTION_FLAG, "json", .offset = offsetof(struct arguments, json),
        .help = "one JSON object a line"},
    {USH_OPTION_FLAG, "quiet", 'q', .offset = offsetof(struct arguments, quiet),
        .help = "say nothing: the exit status is the answer"},
    {.kind = USH_OPTION_END},
};

const struct ush_sinkzone_command ush_cmd_lookup = {
    .name = "lookup",
    .usage = "[-c FILE] [--json] [-q] DB NAME|URL|IP...",
    .summary = "Say which rule fires, where it comes from, what else matched",
    .options = options,
    .notes = "Exit status 0 if a rule fires for each, 1 if not (also if never-block wins),\n"
             "2 if the database, the settings or a question is bad, as grep(1) has it.\n",
    .run = lookup_main,
};

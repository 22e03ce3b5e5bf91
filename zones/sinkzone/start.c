/* SPDX-License-Identifier: BSD-3-Clause */
#include "zones/sinkzone/start.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include "zones/sinkzone/buildid.h"

#define MODULE_FILE "unbound-sinkhole.so"
#define GUIDE "docs/enable-on-a-resolver.md"

/* What Unbound takes if unbound.conf sets no module-config. */
#define CHAIN_WITH_SUBNETS "subnetcache validator iterator"
#define CHAIN "validator iterator"

#define BLANKS " \t\r\v\f" /* between modules */

void
ush_start_read_conf(struct ush_checks *checks, const char *without)
{
	struct ush_error err = {0};

	checks->has_conf =
	    ush_unbound_conf_read(&checks->conf, checks->unbound_conf, without, &err) == 0;
	if (!checks->has_conf)
		ush_report_error(checks, USH_CHECK_FAIL, &err);
}

static bool
is_dynlib(const char *word, size_t len)
{
	return len == 6 && memcmp(word, "dynlib", 6) == 0;
}

static bool
names_dynlib(const char *words)
{
	while (*(words += strspn(words, BLANKS)) != '\0') {
		size_t len = strcspn(words, BLANKS);

		if (is_dynlib(words, len))
			return true;
		words += len;
	}
	return false;
}

/* The operator's chain without us; true if we were in it. Others than ours keep place and order:
 * without respip, for one, an RPZ stops the resolver. */
static bool
take_chain(struct ush_start *start, const struct ush_checks *checks)
{
	const char *words = checks->conf.module_config;
	bool had_dynlib = false;
	size_t used = 0;

	start->chain[0] = '\0';
	while (*(words += strspn(words, BLANKS)) != '\0') {
		size_t len = strcspn(words, BLANKS);

		if (is_dynlib(words, len))
			had_dynlib = true;
		else
			used += (size_t)snprintf(start->chain + used, sizeof(start->chain) - used,
			    "%s%.*s", used > 0 ? " " : "", (int)len, words);
		words += len;
	}
	if (used == 0)
		snprintf(start->chain, sizeof(start->chain), "%s",
		    ush_program_contains(checks->unbound, CHAIN_WITH_SUBNETS) ? CHAIN_WITH_SUBNETS
		                                                              : CHAIN);
	return had_dynlib;
}

bool
ush_start_check_program(struct ush_checks *checks, struct ush_start *start)
{
	struct ush_error err = {0};

	if (ush_build_id(start->build_id, checks->unbound, &err) != 0) {
		ush_report_error(checks, USH_CHECK_FAIL, &err);
		return false;
	}
	if (!ush_program_contains(checks->unbound, "dynlibmod_init")) {
		ush_report(checks, USH_CHECK_FAIL,
		    "%s is built without dynlib, as Debian's own is: it can load no module. Build "
		    "and install one that can (" GUIDE ", After an upgrade)",
		    checks->unbound);
		return false;
	}
	ush_report(checks, USH_CHECK_OK, "%s can load modules, build-id %s", checks->unbound,
	    start->build_id);
	return checks->has_conf;
}

static void
find_module(const struct ush_checks *checks, struct ush_start *start)
{
	const char *directory = checks->settings != NULL
	                            ? checks->settings->module.modules_directory
	                            : USH_MODULES_DIRECTORY;

	if (checks->module != NULL)
		snprintf(start->module, sizeof(start->module), "%s", checks->module);
	else
		snprintf(start->module, sizeof(start->module), "%s/%s/" MODULE_FILE, directory,
		    start->build_id);
}

bool
ush_start_check_module(struct ush_checks *checks, struct ush_start *start)
{
	char made_for[USH_BUILD_ID_TEXT_MAX];
	struct ush_error err = {0};
	const char *path = start->module;

	find_module(checks, start);
	if (strpbrk(path, "\"\n") != NULL) {
		ush_report(
		    checks, USH_CHECK_FAIL, "unbound.conf has no way to write the path %s", path);
		return false;
	}
	if (access(path, F_OK) != 0 && errno == ENOENT) {
		ush_report(checks, USH_CHECK_FAIL,
		    "%s is missing: no module for this build of Unbound is installed. Build and "
		    "install it (" GUIDE ", After an upgrade)",
		    path);
		return false;
	}
	if (ush_build_id_made_for(made_for, path, &err) != 0 ||
	    ush_module_can_be_mapped(path, &err) != 0) {
		ush_report_error(checks, USH_CHECK_FAIL, &err);
		return false;
	}
	if (strcmp(made_for, start->build_id) != 0) {
		ush_report(checks, USH_CHECK_FAIL,
		    "%s is for another Unbound (build-id %s) than %s (%s). Build and install the "
		    "module for this one (" GUIDE ", After an upgrade)",
		    path, made_for, checks->unbound, start->build_id);
		return false;
	}
	ush_report(checks, USH_CHECK_OK, "module %s is for %s", path, checks->unbound);
	return true;
}

/* Could the include do what it says, beside what else stands in unbound.conf? */
static bool
check_others(struct ush_checks *checks, const struct ush_start *start)
{
	const struct ush_unbound_conf *conf = &checks->conf;

	if (conf->dynlib_file[0] != '\0') {
		ush_report(checks, USH_CHECK_FAIL,
		    "%s:%u: dynlib-file is %s, which Unbound would load instead of our module: "
		    "remove that line, %s has it",
		    conf->dynlib_file_place.file, conf->dynlib_file_place.line, conf->dynlib_file,
		    checks->include);
		return false;
	}
	if (strpbrk(start->chain, "\"\n") != NULL) {
		ush_report(checks, USH_CHECK_FAIL, "%s:%u: module-config is no list of modules",
		    conf->module_config_place.file, conf->module_config_place.line);
		return false;
	}
	return true;
}

/* What the child finds out and the parent writes down. */
struct start_result {
	struct ush_start start;
	char why[sizeof((struct ush_checks){0}.why)];
};

static void
decide_as_resolver(struct ush_checks *checks, struct start_result *decision)
{
	const char *settings = ush_settings_path(checks->settings_path);

	/* Without settings the module waits for some: no reason to start without it. */
	if (ush_become_resolver(checks)) {
		if (ush_settings_load(&checks->settings, settings, NULL) != 0)
			checks->settings = NULL;
		decision->start.loads = ush_start_check_module(checks, &decision->start);
	}
	memcpy(decision->why, checks->why, sizeof(decision->why));
}

/* A child gives up root and enters the chroot; whatever becomes of it, the answer is then no. */
static void
decide_in_child(struct ush_checks *checks, struct start_result *decision)
{
	pid_t child;
	int status = 0;

	fflush(stdout);
	child = fork();
	if (child == 0) {
		decide_as_resolver(checks, decision);
		fflush(stdout);
		_exit(0);
	}
	if (child == -1 || waitpid(child, &status, 0) != child || status != 0) {
		decision->start.loads = false;
		ush_report(checks, USH_CHECK_FAIL, "the check of the module came to no end");
	} else if (!decision->start.loads && !checks->failed) {
		checks->failed = true;
		memcpy(checks->why, decision->why, sizeof(checks->why));
	}
}

/* A path or reason must not end the comment that it stands in. */
static void
print_comment(FILE *to, const char *text)
{
	fputs("# Why: ", to);
	for (; *text != '\0'; text++)
		fputc((unsigned char)*text < ' ' ? '?' : *text, to);
	fputc('\n', to);
}

static void
print_include(
    FILE *to, const struct ush_checks *checks, const struct ush_start *start, bool had_dynlib)
{
	fputs("# Written by sinkzone check-module before Unbound starts: changes here are lost.\n"
	      "# What stands behind dynlib is what the rest of unbound.conf sets.\n",
	    to);
	if (start->loads) {
		fprintf(to,
		    "server:\n    module-config: \"dynlib %s\"\n"
		    "dynlib:\n    dynlib-file: \"%s\"\n",
		    start->chain, start->module);
		return;
	}
	fputs(
	    "# Unbound starts WITHOUT unbound-sinkhole: nothing is sinkholed, nothing recorded.\n",
	    to);
	print_comment(to, checks->why);
	if (had_dynlib)
		fprintf(to, "server:\n    module-config: \"%s\"\n", start->chain);
}

/* Beside its place and renamed: Unbound never reads half of it. */
static int
write_file(const struct ush_checks *checks, const struct ush_start *start, bool had_dynlib,
    struct ush_error *err)
{
	char temporary[4096];
	bool written = false;
	FILE *to = NULL;
	int fd = -1;

	if ((size_t)snprintf(temporary, sizeof(temporary), "%s.XXXXXX", checks->include) >=
	        sizeof(temporary) ||
	    (fd = mkostemp(temporary, O_CLOEXEC)) == -1)
		return ush_fail_errno(err, checks->include, "cannot write");
	if ((to = fdopen(fd, "w")) == NULL) {
		close(fd);
	} else {
		print_include(to, checks, start, had_dynlib);
		written = fchmod(fd, 0644) == 0 && fflush(to) == 0 && !ferror(to) && fsync(fd) == 0;
		written = fclose(to) == 0 && written;
	}
	if (written && rename(temporary, checks->include) == 0)
		return 0;
	ush_fail_errno(err, checks->include, "cannot write");
	unlink(temporary);
	return -1;
}

/* Would Unbound load what the operator names as dynlib-file? True also if that cannot be seen. */
static bool
loads_other(const struct ush_checks *checks, const struct ush_start *start)
{
	const char *file = checks->conf.dynlib_file;
	char made_for[USH_BUILD_ID_TEXT_MAX];

	if (file[0] == '\0' || !ush_program_contains(checks->unbound, "dynlibmod_init"))
		return false;
	if (checks->conf.chroot[0] != '\0')
		return true;
	if (ush_build_id_made_for(made_for, file, NULL) == 0)
		return strcmp(made_for, start->build_id) == 0;
	return access(file, R_OK) == 0;
}

/* The last module-config counts. Ours is safe; one with dynlib behind it is not, as Unbound then
 * wants a module when there is none. `before` is the last that is not ours. */
static void
check_last_word(
    struct ush_checks *checks, struct ush_start *start, const struct ush_conf_place *before)
{
	const struct ush_unbound_conf *conf = &checks->conf;

	if (!names_dynlib(conf->module_config) ||
	    ush_unbound_conf_is_file(conf->module_config_place.file, checks->include)) {
		if (before != NULL)
			ush_report(checks, USH_CHECK_WARN,
			    "%s:%u: module-config names dynlib: remove that, %s does it when it is "
			    "safe",
			    before->file, before->line, checks->include);
		return;
	}
	start->stops = !start->loads && !loads_other(checks, start);
	ush_report(checks, USH_CHECK_FAIL,
	    "%s:%u: module-config names dynlib, and %s is not included after it: remove that line, "
	    "Unbound does not start with it when there is no module",
	    conf->module_config_place.file, conf->module_config_place.line, checks->include);
}

int
ush_start_write_include(struct ush_checks *checks, struct ush_start *start, struct ush_error *err)
{
	struct start_result *decision = mmap(
	    NULL, sizeof(*decision), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	const struct ush_conf_place before = checks->conf.module_config_place;
	bool had_dynlib = take_chain(start, checks);
	int rc;

	if (decision == MAP_FAILED)
		return ush_fail_errno(err, checks->include, "cannot write");
	if (ush_start_check_program(checks, start) && check_others(checks, start)) {
		decision->start = *start;
		decide_in_child(checks, decision);
		*start = decision->start;
	}
	rc = write_file(checks, start, had_dynlib, err);
	munmap(decision, sizeof(*decision));
	if (rc == 0 && checks->has_conf) {
		ush_start_read_conf(checks, NULL);
		if (checks->has_conf)
			check_last_word(checks, start, had_dynlib ? &before : NULL);
	}
	return rc;
}

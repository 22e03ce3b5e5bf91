/* SPDX-License-Identifier: BSD-3-Clause */
#include "zones/sinkzone/unboundconf.h"

#include <errno.h>
#include <glob.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define DEPTH_MAX 10

/* How many values follow a keyword; those that are not here have one. From util/configlexer.lex. */
static const struct {
	const char *keyword;
	unsigned values;
} counts[] = {
    {"server:", 0},
    {"stub-zone:", 0},
    {"forward-zone:", 0},
    {"auth-zone:", 0},
    {"rpz:", 0},
    {"view:", 0},
    {"remote-control:", 0},
    {"python:", 0},
    {"dynlib:", 0},
    {"dnstap:", 0},
    {"dnscrypt:", 0},
    {"cachedb:", 0},
    {"ipset:", 0},
    {"access-control:", 2},
    {"interface-action:", 2},
    {"local-zone:", 2},
    {"local-zone-tag:", 2},
    {"access-control-tag:", 2},
    {"access-control-view:", 2},
    {"interface-tag:", 2},
    {"interface-view:", 2},
    {"ratelimit-for-domain:", 2},
    {"ratelimit-below-domain:", 2},
    {"wait-limit-netblock:", 2},
    {"wait-limit-cookie-netblock:", 2},
    {"response-ip-tag:", 2},
    {"response-ip:", 2},
    {"response-ip-data:", 2},
    {"tcp-connection-limit:", 2},
    {"edns-client-string:", 2},
    {"access-control-tag-action:", 3},
    {"access-control-tag-data:", 3},
    {"interface-tag-action:", 3},
    {"interface-tag-data:", 3},
    {"local-zone-override:", 3},
};

/* A keyword or a value. */
struct word {
	char text[1024];
	size_t len;
	bool quoted;
	bool cut; /* it was longer */
};

/* What goes on from one file into the next: a value may stand in an included file. */
struct reading {
	struct ush_unbound_conf *out;
	const char *without;
	char keyword[64]; /* the last one, with its colon */
	struct ush_conf_place place;
	unsigned values; /* that still follow it */
	bool cut;        /* the value at hand was longer */
};

struct source {
	FILE *file;
	const char *path;
	unsigned line;
	unsigned depth;
};

static int read_file(
    struct reading *reading, const char *path, unsigned depth, struct ush_error *err);

bool
ush_unbound_conf_is_file(const char *path, const char *other)
{
	struct stat one, two;

	return stat(path, &one) == 0 && stat(other, &two) == 0 && one.st_dev == two.st_dev &&
	       one.st_ino == two.st_ino;
}

/* The first character of the next word, or EOF. */
static int
first_char(struct source *source, bool comments)
{
	int c;

	while ((c = getc(source->file)) != EOF) {
		if (c == '#' && comments)
			while (c != '\n' && c != EOF)
				c = getc(source->file);
		if (c == '\n')
			source->line++;
		else if (c != ' ' && c != '\t' && c != '\r')
			break;
	}
	return c;
}

static void
append(struct word *word, int c)
{
	if (word->len + 1 < sizeof(word->text))
		word->text[word->len++] = (char)c;
	else
		word->cut = true;
}

/* The character behind a backslash belongs to the word, whatever it is; so does the backslash. */
static int
append_escaped(struct word *word, struct source *source)
{
	int c = getc(source->file);

	if (c == EOF || c == '\n')
		return c;
	append(word, c);
	return getc(source->file);
}

/* Returns the character that ended it. */
static int
read_quoted(struct word *word, struct source *source, int closing)
{
	int c = getc(source->file);

	while (c != closing && c != '\n' && c != EOF) {
		append(word, c);
		c = c == '\\' ? append_escaped(word, source) : getc(source->file);
	}
	return c == closing ? ' ' : c;
}

static bool
ends_bare(int c)
{
	return c == EOF || c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '"' || c == '\'';
}

/* A keyword ends with its colon, what follows may stand right behind it. */
static int
read_bare(struct word *word, struct source *source, int first, bool keyword)
{
	int c = first;

	while (!ends_bare(c)) {
		append(word, c);
		if (c == ':' && keyword)
			return ' ';
		c = c == '\\' ? append_escaped(word, source) : getc(source->file);
	}
	return c;
}

static void
read_word(struct word *word, struct source *source, int first, bool keyword)
{
	int end;

	word->len = 0;
	word->cut = false;
	word->quoted = first == '"' || first == '\'';
	if (word->quoted)
		end = read_quoted(word, source, first);
	else
		end = read_bare(word, source, first, keyword);
	word->text[word->len] = '\0';
	if (end != ' ' && end != EOF)
		ungetc(
		    end, source->file); /* a quote begins the next word, a line must be counted */
}

static void
take_keyword(struct reading *reading, const struct source *source, const struct word *word)
{
	if (word->len == 0 || word->text[word->len - 1] != ':')
		return; /* Unbound does not start with such a word */
	snprintf(reading->keyword, sizeof(reading->keyword), "%.*s",
	    (int)sizeof(reading->keyword) - 1, word->text);
	snprintf(reading->place.file, sizeof(reading->place.file), "%s", source->path);
	reading->place.line = source->line;
	reading->values = 1;
	for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++)
		if (strcmp(word->text, counts[i].keyword) == 0)
			reading->values = counts[i].values;
}

static int
keep(const struct reading *reading, char *to, size_t size, const char *value, struct ush_error *err)
{
	if (!reading->cut && (size_t)snprintf(to, size, "%s", value) < size)
		return 0;
	to[0] = '\0';
	return ush_fail(err, reading->place.file, reading->place.line,
	    "the value of %s is longer than %zu characters", reading->keyword, size - 1);
}

/* `name` as it is seen from the directory that Unbound has gone to. */
static void
from_directory(const struct reading *reading, char *to, size_t size, const char *name)
{
	const char *directory = reading->out->directory;

	if (directory[0] == '\0' || name[0] == '/' || name[0] == '~')
		snprintf(to, size, "%s", name);
	else
		snprintf(to, size, "%s/%s", directory, name);
}

static int
take_value(struct reading *reading, const char *value, struct ush_error *err)
{
	struct ush_unbound_conf *out = reading->out;
	const char *keyword = reading->keyword;
	char path[sizeof(out->directory) + sizeof(((struct word *)0)->text) + 1];

	if (strcmp(keyword, "module-config:") == 0) {
		out->module_config_place = reading->place;
		return keep(reading, out->module_config, sizeof(out->module_config), value, err);
	}
	if (strcmp(keyword, "dynlib-file:") == 0 && out->dynlib_file[0] == '\0') {
		out->dynlib_file_place = reading->place;
		return keep(reading, out->dynlib_file, sizeof(out->dynlib_file), value, err);
	}
	if (strcmp(keyword, "chroot:") == 0)
		return keep(reading, out->chroot, sizeof(out->chroot), value, err);
	if (strcmp(keyword, "username:") == 0)
		return keep(reading, out->username, sizeof(out->username), value, err);
	if (strcmp(keyword, "directory:") == 0 && value[0] != '\0') {
		from_directory(reading, path, sizeof(path), value);
		return keep(reading, out->directory, sizeof(out->directory), path, err);
	}
	return 0;
}

static int
read_matches(struct reading *reading, const char *pattern, unsigned depth, struct ush_error *err)
{
	glob_t files;
	int rc = 0;

	if (glob(pattern, GLOB_BRACE | GLOB_TILDE, NULL, &files) != 0)
		return 0; /* no file: Unbound takes that for nothing too */
	for (size_t i = 0; rc == 0 && i < files.gl_pathc; i++)
		rc = read_file(reading, files.gl_pathv[i], depth, err);
	globfree(&files);
	return rc;
}

static int
read_include(struct reading *reading, struct source *source, struct ush_error *err)
{
	struct word name;
	char path[sizeof(reading->out->directory) + sizeof(name.text) + 1];
	int first = first_char(source, false); /* here Unbound takes # for the name of a file */

	if (first == EOF)
		return 0;
	read_word(&name, source, first, false);
	if (name.cut)
		return ush_fail(
		    err, source->path, source->line, "the name of the include is too long");
	if (source->depth == DEPTH_MAX)
		return ush_fail(err, source->path, source->line, "includes go too deep");
	from_directory(reading, path, sizeof(path), name.text);
	if (strpbrk(name.text, "*?[{~") != NULL)
		return read_matches(reading, path, source->depth + 1, err);
	return read_file(reading, path, source->depth + 1, err);
}

static bool
is_include(const struct word *word)
{
	return !word->quoted && (strcmp(word->text, "include:") == 0 ||
	                            strcmp(word->text, "include-toplevel:") == 0);
}

static int
read_words(struct reading *reading, struct source *source, struct ush_error *err)
{
	struct word word;
	int first;
	int rc = 0;

	while (rc == 0 && (first = first_char(source, true)) != EOF) {
		read_word(&word, source, first, reading->values == 0);
		if (is_include(&word)) {
			rc = read_include(reading, source, err);
		} else if (reading->values > 0) {
			reading->values--;
			reading->cut = word.cut;
			rc = take_value(reading, word.text, err);
		} else {
			take_keyword(reading, source, &word);
		}
	}
	return rc;
}

static int
read_file(struct reading *reading, const char *path, unsigned depth, struct ush_error *err)
{
	struct source source = {.path = path, .line = 1, .depth = depth};
	int rc;

	if (reading->without != NULL && ush_unbound_conf_is_file(path, reading->without))
		return 0;
	if ((source.file = fopen(path, "re")) == NULL) {
		/* Ours may be included by its name, and not be written yet. */
		if (depth > 0 && errno == ENOENT)
			return 0;
		return ush_fail_errno(err, path, "cannot read Unbound's configuration");
	}
	rc = read_words(reading, &source, err);
	fclose(source.file);
	return rc;
}

int
ush_unbound_conf_read(
    struct ush_unbound_conf *out, const char *path, const char *without, struct ush_error *err)
{
	struct reading reading = {.out = out, .without = without};

	*out = (struct ush_unbound_conf){.username = "unbound"}; /* as Debian compiles it */
	return read_file(&reading, path, 0, err);
}

/* SPDX-License-Identifier: BSD-3-Clause */
/* module_host MODULE known|unknown - drives the loaded module from eight threads while lists and
 * settings change under it. "unknown": the module is built as for an Unbound that is newer than all
 * that it knows, says so and inspects each answer again.
 *
 * Each thread is a worker as Unbound has them: an environment, a mesh, query states, and the caches
 * that all share. It asks, looks into the cache, lets the module decide, resolves by upstream.c,
 * stores what may be stored, and checks every answer. What must hold whatever is in force:
 *   always.example   on every list: never its real address, from no path; an exempt client: always
 *   sometimes.example  on every other list: one or the other
 *   never.example    on no list: always its real address
 *   alias.never.example  alias of always.example: as that one
 *   dropped.example  on every list, to be dropped: no answer; an exempt client: its real address
 * Now and then a second client joins a query that is being resolved. In the end every reply that
 * the module counts is in one of its logs, by itself or in a count, and there is a passive record. */
#include "tests/host/upstream.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "common/passive_file.h"
#include "common/settings.h"
#include "zones/compile/builder.h"

#define THREADS 8
#define SWAPS 12
#define SWAP_PAUSE_US 250000
#define ORDINARY 0x0a000001
#define EXEMPT 0x0a000009

struct host {
	struct module_env env; /* the daemon's */
	struct alloc_cache alloc;
	struct module_func_block *blocks[1];
	struct module_stack stack;
	char dir[64];
	_Atomic bool stop;
	_Atomic unsigned long asked, from_cache, inspected, dropped, joined, wrong;
};

struct asker {
	struct host *host;
	struct worker worker;
	struct alloc_cache alloc;
	struct comm_point point;
	time_t now;
	struct timeval now_tv;
	unsigned seed;
	pthread_t thread;
};

static uint8_t always[] = "\006always\007example";
static uint8_t sometimes[] = "\011sometimes\007example";
static uint8_t never[] = "\005never\007example";
static uint8_t dropped[] = "\007dropped\007example";
static uint8_t alias[] = "\005alias\005never\007example";

static const struct name {
	uint8_t *wire;
	size_t len;
	bool is_forbidden; /* for an ordinary client, at any time */
	bool is_free;      /* for everybody, at any time */
	bool is_dropped;   /* for an ordinary client, at any time */
} names[] = {
    {always, sizeof(always), true, false, false},
    {sometimes, sizeof(sometimes), false, false, false},
    {never, sizeof(never), false, true, false},
    {alias, sizeof(alias), true, false, false},
    {dropped, sizeof(dropped), true, false, true},
};
#define NAMES (sizeof(names) / sizeof(names[0]))

static void
must(bool holds, const char *what)
{
	if (holds)
		return;
	(void)fprintf(stderr, "module-host: %s\n", what);
	exit(1);
}

static bool
is_real(const struct reply_info *rep)
{
	const struct packed_rrset_data *data;

	if (!rep || rep->an_numrrsets == 0)
		return false;
	data = rep->rrsets[rep->an_numrrsets - 1]->entry.data;
	return data->rr_len[0] == 6 && data->rr_data[0][2] == 192;
}

static void
check(struct asker *asker, const struct name *name, bool exempt, const struct reply_info *rep)
{
	bool real = is_real(rep);

	if ((name->is_dropped && !exempt) || (name->is_forbidden && real && !exempt) ||
	    ((name->is_free || exempt) && !real))
		(void)atomic_fetch_add(&asker->host->wrong, 1);
}

/* Other threads may give the same answer. */
static uint32_t
inspected_key(struct reply_info *rep)
{
	const uint32_t *place = ush_spare_word(rep);

	return place ? __atomic_load_n(place, __ATOMIC_RELAXED) : 0;
}

/* As worker.c answers from the message cache. */
static bool
ask_cache(struct asker *asker, const struct name *name, bool exempt, struct query_info *qinfo,
    struct comm_reply *to)
{
	struct module_env *env = &asker->worker.env;
	struct edns_data edns = {.edns_present = 1, .udp_size = 1232};
	struct lruhash_entry *e =
	    slabhash_lookup(env->msg_cache, query_info_hash(qinfo, BIT_RD), qinfo, 0);
	bool answered = false;

	if (!e)
		return false;
	struct reply_info *rep = e->data;

	if (rrset_array_lock(rep->ref, rep->rrset_count, 0)) {
		uint32_t key = inspected_key(rep);

		(void)inplace_cb_reply_cache_call(
		    env, qinfo, NULL, rep, 0, &edns, to, env->scratch, env->now_tv);
		check(asker, name, exempt, rep);
		if (name->is_free && inspected_key(rep) != key)
			(void)atomic_fetch_add(&asker->host->inspected, 1);
		rrset_array_unlock(rep->ref, rep->rrset_count);
		(void)atomic_fetch_add(&asker->host->from_cache, 1);
		answered = true;
	}
	lock_rw_unlock(&e->lock);
	regional_free_all(env->scratch);
	return answered;
}

/* As the iterator: ask, let the callbacks see it, store it if no module objects. */
static void
resolve(struct asker *asker, struct module_qstate *qstate)
{
	struct module_env *env = &asker->worker.env;
	struct dns_msg *msg =
	    upstream_answer(qstate->region, &qstate->qinfo, always, sizeof(always));

	(void)inplace_cb_query_response_call(env, qstate, msg);
	if (!qstate->no_cache_store)
		ush_host_store(env, qstate, msg->rep);
	qstate->return_msg = msg;
	qstate->return_rcode = 0;
	asker->host->blocks[0]->operate(qstate, module_event_moddone, 0, NULL);
}

static struct sockaddr_in *
address_of(struct comm_reply *to)
{
	return (struct sockaddr_in *)(void *)&to->client_addr;
}

static bool
is_exempt(struct comm_reply *to)
{
	return address_of(to)->sin_addr.s_addr == htonl(EXEMPT);
}

static struct comm_reply
new_client(struct asker *asker)
{
	bool exempt = rand_r(&asker->seed) % 4 == 0;
	struct comm_reply to = {.c = &asker->point, .client_addrlen = sizeof(struct sockaddr_in)};

	address_of(&to)->sin_family = AF_INET;
	address_of(&to)->sin_addr.s_addr = htonl(exempt ? EXEMPT : ORDINARY);
	return to;
}

/* As mesh_new_client() finds the state of a running query: no module is called. */
static void
join(struct asker *asker, struct mesh_state *state, const struct query_info *qinfo)
{
	struct edns_data edns = {.edns_present = 1, .udp_size = 1232};
	struct comm_reply to = new_client(asker);

	if (ush_state_is_unique(state) || rand_r(&asker->seed) % 4 != 0)
		return;
	must(ush_host_add_reply(state, &edns, &to, 2, qinfo), "no memory");
	(void)atomic_fetch_add(&asker->host->asked, 1);
	(void)atomic_fetch_add(&asker->host->joined, 1);
}

/* As mesh_query_done(): each client of the state. */
static void
reply_to_all(struct asker *asker, const struct name *name, struct mesh_state *state)
{
	struct module_env *env = &asker->worker.env;
	struct reply_info *rep = state->s.return_msg ? state->s.return_msg->rep : NULL;

	for (struct mesh_reply *r = state->reply_list; r; r = r->next) {
		(void)inplace_cb_reply_call(env, &state->s.qinfo, &state->s, rep, 0, &r->edns,
		    &r->query_reply, state->s.region, env->now_tv);
		check(asker, name, is_exempt(&r->query_reply), rep);
	}
}

/* As mesh.c runs a new query state and replies. */
static void
ask_mesh(
    struct asker *asker, const struct name *name, struct query_info *qinfo, struct comm_reply *to)
{
	struct module_env *env = &asker->worker.env;
	struct edns_data edns = {.edns_present = 1, .udp_size = 1232};
	struct mesh_state *state = mesh_state_create(env, qinfo, NULL, BIT_RD, 0, 0);

	must(state != NULL, "no memory");
	must(rbtree_insert(&env->mesh->all, &state->node) != NULL, "two states for one query");
	must(ush_host_add_reply(state, &edns, to, 1, qinfo), "no memory");
	asker->host->blocks[0]->operate(&state->s, module_event_new, 0, NULL);
	if (state->s.ext_state[0] == module_wait_module) {
		join(asker, state, qinfo);
		resolve(asker, &state->s);
	}
	must(state->s.ext_state[0] == module_finished, "the module did not finish");
	if (!state->s.is_drop)
		reply_to_all(asker, name, state);
	else if (name->is_dropped && !is_exempt(to))
		(void)atomic_fetch_add(&asker->host->dropped, 1);
	else
		(void)atomic_fetch_add(&asker->host->wrong, 1);
	state->replies_sent = 1;
	mesh_state_delete(&state->s);
	regional_free_all(env->scratch);
}

static void
ask(struct asker *asker)
{
	const struct name *name = &names[(unsigned)rand_r(&asker->seed) % NAMES];
	struct comm_reply to = new_client(asker);
	struct query_info qinfo = {.qname = name->wire,
	    .qname_len = name->len,
	    .qtype = LDNS_RR_TYPE_A,
	    .qclass = LDNS_RR_CLASS_IN};

	(void)atomic_fetch_add(&asker->host->asked, 1);
	if (!ask_cache(asker, name, is_exempt(&to), &qinfo, &to))
		ask_mesh(asker, name, &qinfo, &to);
}

static void *
ask_all_the_time(void *arg)
{
	struct asker *asker = arg;

	while (!atomic_load(&asker->host->stop))
		ask(asker);
	return NULL;
}

static void
open_asker(struct asker *asker, struct host *host, int number)
{
	struct module_env *env = &asker->worker.env;

	asker->host = host;
	asker->seed = (unsigned)number + 1;
	asker->point.type = comm_udp;
	asker->point.cb_arg = &asker->worker;
	alloc_init(&asker->alloc, &host->alloc, number);
	*env = host->env;
	env->worker = &asker->worker;
	env->alloc = &asker->alloc;
	env->scratch = regional_create();
	env->now = &asker->now;
	env->now_tv = &asker->now_tv;
	env->mesh = mesh_create(&host->stack, env);
	must(env->scratch && env->mesh, "no memory");
	must(pthread_create(&asker->thread, NULL, ask_all_the_time, asker) == 0, "no thread");
}

static void
close_asker(struct asker *asker)
{
	mesh_delete(asker->worker.env.mesh);
	regional_destroy(asker->worker.env.scratch);
	alloc_clear(&asker->alloc);
}

static void
put_file(struct host *host, const char *name, const char *text)
{
	char path[128], temporary[128];
	FILE *file;

	(void)snprintf(path, sizeof(path), "%s/%s", host->dir, name);
	(void)snprintf(temporary, sizeof(temporary), "%s/temporary", host->dir);
	file = fopen(temporary, "w");
	must(file && fputs(text, file) >= 0 && fclose(file) == 0, "cannot write a file");
	must(rename(temporary, path) == 0, "cannot rename a file");
}

static void
put_list(struct host *host, bool with_sometimes)
{
	static const struct {
		const char *text;
		enum ush_action action;
	} rules[] = {
	    {"always.example", USH_ACTION_SINKHOLE},
	    {"dropped.example", USH_ACTION_DROP},
	    {"sometimes.example", USH_ACTION_SINKHOLE},
	};
	struct ush_feed_info feed = {.name = "host", .file = "", .date = "", .reference = ""};
	struct ush_build_options options = {.now_ms = 1600000000000, .last_slot = 254};
	struct ush_origin origin = {.line = 1};
	struct ush_build_result result;
	struct ush_builder *builder;
	struct ush_error err = {0};
	char path[128];
	uint16_t class_id;

	(void)snprintf(path, sizeof(path), "%s/list.db", host->dir);
	options.path = path;
	must(ush_builder_new(&builder, &err) == 0 &&
	         ush_builder_feed(builder, &feed, false, &err) == 0,
	    "cannot build a list");
	for (size_t i = 0; i < (with_sometimes ? 3 : 2); i++) {
		const char *text = rules[i].text;
		struct ush_name name;

		must(ush_builder_class(builder, rules[i].action == USH_ACTION_DROP ? "drop" : "c2",
		         NULL, rules[i].action, &class_id, &err) == 0 &&
		         ush_name_from_text(&name, text, strlen(text)) == 0 &&
		         ush_builder_name(builder, class_id, &name, text, strlen(text),
		             USH_SCOPE_EXACT, &origin) == 0,
		    "cannot add to a list");
	}
	must(ush_builder_write(builder, &options, &result, &err) == 0, err.text);
	ush_builder_free(builder);
}

/* `ttl` only makes the file another one; the log and the passive record change with it. */
static void
put_settings(struct host *host, unsigned ttl)
{
	static const char *const passive[] = {"off", "days", "hours"};
	char text[512];

	(void)snprintf(text, sizeof(text),
	    "mode: enforce\nmodule:\n  database: list.db\n  event-log: dns%u.jsonl\n"
	    "  sinkhole-addresses: [\"198.51.100.0/24\"]\n  exempt: [\"10.0.0.9/32\"]\n"
	    "  ttl: %u\n  passive: %s\n  passive-directory: passive\n  passive-memory: 4\n",
	    ttl / 3 % 2, ttl, passive[ttl / 3 % 3]);
	put_file(host, "sinkhole.yaml", text);
}

/* Also checks what it says in the log. */
static void
start_module(struct host *host, bool is_known)
{
	FILE *log = tmpfile();
	char text[4096];
	int started;

	must(log != NULL, "no log");
	/* Makes the key under which log lines find their thread: key 0 is another one's. */
	log_init(NULL, 0, NULL);
	log_file(log);
	started = host->blocks[0]->init(&host->env, 0);
	log_file(stderr);
	rewind(log);
	text[fread(text, 1, sizeof(text) - 1, log)] = '\0';
	(void)fclose(log);
	(void)fputs(text, stderr);
	must(started, "the module refused to start");
	must((strstr(text, "newer than 1.") != NULL) == !is_known,
	    "the log says something else of this version than it should");
}

static void
open_host(struct host *host, const char *module, bool is_known)
{
	struct config_file *cfg = config_create();
	char path[128];

	(void)snprintf(host->dir, sizeof(host->dir), "/tmp/ush-host-XXXXXX");
	must(mkdtemp(host->dir) != NULL, "no directory");
	put_settings(host, 30);
	put_list(host, false);
	(void)snprintf(path, sizeof(path), "%s/sinkhole.yaml", host->dir);
	must(setenv(USH_SETTINGS_ENV, path, 1) == 0, "no environment");
	must(cfg && cfg_strlist_insert(&cfg->dynlib_file, strdup(module)), "no memory");
	cfg->num_threads = THREADS;
	cfg->msg_cache_slabs = THREADS; /* newer versions leave both to the daemon */
	cfg->rrset_cache_slabs = THREADS;
	alloc_init(&host->alloc, NULL, 0);
	host->env.cfg = cfg;
	host->env.msg_cache =
	    slabhash_create(cfg->msg_cache_slabs, HASH_DEFAULT_STARTARRAY, cfg->msg_cache_size,
	        msgreply_sizefunc, query_info_compare, query_entry_delete, reply_info_delete, NULL);
	host->env.rrset_cache = rrset_cache_create(cfg, &host->alloc);
	must(host->env.msg_cache && host->env.rrset_cache, "no caches");
	host->blocks[0] = dynlibmod_get_funcblock();
	host->stack.num = 1;
	host->stack.mod = host->blocks;
	start_module(host, is_known);
}

/* The number after `key` in the line; 0 if it is not there. */
static unsigned long
number_after(const char *line, const char *key)
{
	const char *at = strstr(line, key);

	return at ? strtoul(at + strlen(key), NULL, 10) : 0;
}

/* Adds up events in one log. `counted` becomes what its last state line says that there were. */
static unsigned long
read_log(const struct host *host, const char *name, unsigned long *counted)
{
	static const char *const counters[] = {
	    "{\"sinkhole\":", "\"drop\":", "\"monitor\":", "\"leaked\":"};
	unsigned long events = 0, repeat;
	char path[128], *line = NULL;
	size_t room = 0;
	FILE *file;

	(void)snprintf(path, sizeof(path), "%s/%s", host->dir, name);
	file = fopen(path, "r");
	must(file != NULL, "no event log");
	while (getline(&line, &room, file) > 0) {
		const char *sums = strstr(line, "\"counters\":");

		if (!sums) {
			repeat = number_after(line, "\"repeat\":");
			events += repeat ? repeat : 1;
			continue;
		}
		if (strstr(line, "\"reason\":\"stop\""))
			events += number_after(line, "\"lost\":");
		*counted = 0;
		for (size_t i = 0; i < sizeof(counters) / sizeof(counters[0]); i++)
			*counted += number_after(sums, counters[i]);
	}
	free(line);
	(void)fclose(file);
	return events;
}

/* What was counted when the module ended, and what is in both logs. */
static void
check_logs(const struct host *host)
{
	unsigned long counted[2] = {0}, events;

	events = read_log(host, "dns0.jsonl", &counted[0]);
	events += read_log(host, "dns1.jsonl", &counted[1]);
	printf("module-host: %lu events\n", events);
	must(events == (counted[0] > counted[1] ? counted[0] : counted[1]),
	    "events are missing, or too many");
}

/* Workers have recorded something, in days and in hours. Removes it. */
static void
check_passive(const struct host *host)
{
	struct ush_passive_entries entries;
	struct ush_passive_file file;
	struct ush_error err = {0};
	char directory[128], path[192];
	size_t pairs = 0;

	(void)snprintf(directory, sizeof(directory), "%s/passive", host->dir);
	must(ush_passive_entries_find(&entries, directory, &err) == 0, err.text);
	for (size_t i = 0; i < entries.count; i++) {
		must(ush_passive_file_read(&file, directory, entries.items[i].name, &err) == 0,
		    err.text);
		pairs += file.pair_count;
		ush_passive_file_fini(&file);
		(void)snprintf(path, sizeof(path), "%s/%s", directory, entries.items[i].name);
		must(unlink(path) == 0, path);
	}
	must(entries.count >= 2 && pairs > 0, "there is no passive record");
	ush_passive_entries_fini(&entries);
	(void)snprintf(path, sizeof(path), "%s/key", directory);
	must(unlink(path) == 0 && rmdir(directory) == 0, directory);
}

static void
close_host(struct host *host)
{
	static const char *const files[] = {"list.db", "sinkhole.yaml", "dns0.jsonl", "dns1.jsonl"};
	char path[128];

	host->blocks[0]->deinit(&host->env, 0);
	slabhash_delete(host->env.msg_cache);
	rrset_cache_delete(host->env.rrset_cache);
	alloc_clear(&host->alloc);
	config_delete(host->env.cfg);
	check_logs(host);
	check_passive(host);
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		(void)snprintf(path, sizeof(path), "%s/%s", host->dir, files[i]);
		must(unlink(path) == 0, files[i]);
	}
	must(rmdir(host->dir) == 0, "files are left over");
}

int
main(int argc, char **argv)
{
	static struct host host;
	static struct asker askers[THREADS];
	bool is_known;

	must(argc == 3, "wants the module, and known or unknown");
	is_known = strcmp(argv[2], "known") == 0;
	open_host(&host, argv[1], is_known);
	for (int i = 0; i < THREADS; i++)
		open_asker(&askers[i], &host, i);
	for (unsigned i = 0; i < SWAPS; i++) {
		(void)usleep(SWAP_PAUSE_US);
		if (i % 3 == 2)
			put_settings(&host, 30 + i);
		else
			put_list(&host, i % 2 == 0);
	}
	(void)usleep(SWAP_PAUSE_US);
	atomic_store(&host.stop, true);
	for (int i = 0; i < THREADS; i++)
		(void)pthread_join(askers[i].thread, NULL);
	for (int i = 0; i < THREADS; i++)
		close_asker(&askers[i]);
	close_host(&host);
	printf(
	    "module-host: %lu queries, %lu from the cache, %lu inspected, %lu dropped, %lu joined "
	    "another, %lu wrong answers\n",
	    atomic_load(&host.asked), atomic_load(&host.from_cache), atomic_load(&host.inspected),
	    atomic_load(&host.dropped), atomic_load(&host.joined), atomic_load(&host.wrong));
	must(is_known || atomic_load(&host.inspected) == 0, "an answer was marked as inspected");
	must(atomic_load(&host.from_cache) > 0 && (atomic_load(&host.inspected) > 0 || !is_known) &&
	         atomic_load(&host.dropped) > 0 && atomic_load(&host.joined) > 0,
	    "something never happened");
	return atomic_load(&host.wrong) == 0 ? 0 : 1;
}

/* SPDX-License-Identifier: BSD-3-Clause */
/* bench-prober - asks a resolver over UDP at a fixed rate, whatever comes back, and says what did.
 *
 *   bench-prober first PORT NAME PREFIX SECONDS
 *       asks for NAME every millisecond until an answer carries an address of PREFIX/24 ("any":
 * until there is an answer); prints its time in ns since 1970. bench-prober steady PORT FILE PREFIX
 * RATE SECONDS FILE has lines "name kind": B is listed, G is not, N is listed later. Never waits
 * for the server. Times of arrival are the kernel's, so that this program's own pauses do not
 * count.
 *
 * Loopback (127.0.0.1) only. */
#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define QUESTIONS_MAX 200000u
#define SENT_MAX 600000u
#define DRAIN_NS 5000000000 /* how long the last answers may take */
#define SLOW_NS 50000000
#define SECOND 1000000000

struct question {
	char kind;
	uint16_t len;
	uint8_t packet[300];
};

struct sent {
	int64_t at;
	int64_t answered; /* 0: not yet */
};

struct tally {
	uint64_t answered;
	uint64_t slow;
	uint64_t leaked;
	uint64_t refused; /* any rcode but NOERROR */
	int64_t worst;
	int64_t silence;
	int64_t last;
	int64_t first_new; /* first time that an N was sinkholed */
	int64_t own_delay; /* the worst by which we ourselves were late to ask */
};

struct prober {
	int fd;
	bool any;
	uint8_t pattern[5]; /* RDLENGTH 4 and the prefix */
	struct question *questions;
	size_t question_count;
	struct sent *sent;
	uint64_t sent_count;
	struct tally tally;
};

static int64_t
now_ns(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_REALTIME, &now);
	return (int64_t)now.tv_sec * SECOND + now.tv_nsec;
}

static int
make_question(struct question *question, const char *name)
{
	uint8_t *packet = question->packet;
	size_t at = 12;

	memset(packet, 0, sizeof(question->packet));
	packet[2] = 1; /* RD */
	packet[5] = 1;
	for (const char *label = name; *label != '\0';) {
		size_t len = strcspn(label, ".");

		if (len == 0 || len > 63 || at + len > 260)
			return -1;
		packet[at++] = (uint8_t)len;
		memcpy(packet + at, label, len);
		at += len;
		label += len + (label[len] == '.');
	}
	packet[at + 2] = 1; /* A */
	packet[at + 4] = 1; /* IN */
	question->len = (uint16_t)(at + 5);
	return 0;
}

static int
open_socket(struct prober *prober, const char *port, const char *prefix)
{
	struct sockaddr_in address = {.sin_family = AF_INET};
	struct in_addr wanted;
	int on = 1;
	int size = 16 << 20;

	prober->any = strcmp(prefix, "any") == 0;
	if (!prober->any && inet_pton(AF_INET, prefix, &wanted) != 1)
		return -1;
	if (!prober->any) {
		prober->pattern[1] = 4;
		memcpy(prober->pattern + 2, &wanted, 3);
	}
	address.sin_port = htons((uint16_t)strtoul(port, NULL, 10));
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	prober->fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
	if (prober->fd < 0)
		return -1;
	(void)setsockopt(prober->fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size));
	(void)setsockopt(prober->fd, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof(on));
	return connect(prober->fd, (struct sockaddr *)&address, sizeof(address));
}

static bool
has_prefix(const struct prober *prober, const uint8_t *packet, size_t len)
{
	return prober->any || memmem(packet, len, prober->pattern, sizeof(prober->pattern));
}

/* Length of an answer that was there, 0 if none is. *at: when the kernel had it. */
static size_t
receive(const struct prober *prober, uint8_t *packet, size_t size, int64_t *at)
{
	char control[128];
	struct iovec part = {.iov_base = packet, .iov_len = size};
	struct msghdr message = {.msg_iov = &part,
	    .msg_iovlen = 1,
	    .msg_control = control,
	    .msg_controllen = sizeof(control)};
	ssize_t len = recvmsg(prober->fd, &message, 0);

	if (len < 12)
		return 0; /* an ICMP error counts as nothing */
	*at = now_ns();
	for (struct cmsghdr *c = CMSG_FIRSTHDR(&message); c; c = CMSG_NXTHDR(&message, c)) {
		struct timespec stamp;

		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_TIMESTAMPNS)
			continue;
		memcpy(&stamp, CMSG_DATA(c), sizeof(stamp));
		*at = (int64_t)stamp.tv_sec * SECOND + stamp.tv_nsec;
	}
	return (size_t)len;
}

static int
ask_first(struct prober *prober, const char *name, double seconds)
{
	struct question question;
	int64_t end = now_ns() + (int64_t)(seconds * SECOND);
	uint8_t packet[4096];
	int64_t at;

	if (make_question(&question, name) != 0)
		return -1;
	while (now_ns() < end) {
		struct pollfd wait = {.fd = prober->fd, .events = POLLIN};
		size_t len;

		if (send(prober->fd, question.packet, question.len, 0) < 0)
			(void)usleep(1000); /* the port is not open yet */
		(void)poll(&wait, 1, 1);
		while ((len = receive(prober, packet, sizeof(packet), &at)) > 0) {
			if (!has_prefix(prober, packet, len))
				continue;
			printf("%" PRId64 "\n", at);
			return 0;
		}
	}
	fputs("bench-prober: no such answer in time\n", stderr);
	return -1;
}

static void
count_answer(struct prober *prober, const uint8_t *packet, size_t len, int64_t at)
{
	struct tally *tally = &prober->tally;
	uint64_t id = (uint64_t)(packet[0] << 8 | packet[1]);
	uint64_t newest = prober->sent_count - 1;
	uint64_t number = (newest & ~(uint64_t)0xffff) | id;
	struct sent *sent;
	bool sinkholed = has_prefix(prober, packet, len);
	char kind;

	if (number > newest)
		number -= 0x10000; /* asked before the ids began anew */
	if (number > newest || prober->sent[number].answered != 0)
		return;
	sent = &prober->sent[number];
	kind = prober->questions[number % prober->question_count].kind;
	sent->answered = at;
	tally->answered++;
	tally->refused += (packet[3] & 15) != 0;
	tally->slow += at - sent->at > SLOW_NS;
	if (at - sent->at > tally->worst)
		tally->worst = at - sent->at;
	if (tally->last != 0 && at - tally->last > tally->silence)
		tally->silence = at - tally->last;
	tally->last = at;
	tally->leaked += kind == 'B' && !sinkholed;
	if (kind == 'N' && sinkholed && tally->first_new == 0)
		tally->first_new = at;
}

/* Asks all that is due; returns when the next is. */
static int64_t
ask_due(struct prober *prober, int64_t start, double rate, uint64_t total)
{
	for (;;) {
		uint64_t number = prober->sent_count;
		int64_t due = start + (int64_t)((double)number / rate * SECOND);
		struct question *question = &prober->questions[number % prober->question_count];
		int64_t now = now_ns();

		if (number >= total || due > now)
			return due;
		if (now - due > prober->tally.own_delay)
			prober->tally.own_delay = now - due;
		question->packet[0] = (uint8_t)(number >> 8);
		question->packet[1] = (uint8_t)number;
		prober->sent[number] = (struct sent){.at = now};
		prober->sent_count++;
		(void)send(prober->fd, question->packet, question->len, 0);
	}
}

static int
compare_times(const void *a, const void *b)
{
	const int64_t *left = a;
	const int64_t *right = b;

	return (*left > *right) - (*left < *right);
}

static void
print_tally(const struct prober *prober)
{
	const struct tally *tally = &prober->tally;
	int64_t *times = calloc(prober->sent_count, sizeof(*times));
	size_t count = 0;

	if (!times)
		return;
	for (uint64_t i = 0; i < prober->sent_count; i++)
		if (prober->sent[i].answered != 0)
			times[count++] = prober->sent[i].answered - prober->sent[i].at;
	qsort(times, count, sizeof(*times), compare_times);
	printf("sent %" PRIu64 " lost %" PRIu64 " slow %" PRIu64 " worst_ms %.3f p50_ms %.4f "
	       "p999_ms %.3f silence_ms %.3f leaked %" PRIu64 " refused %" PRIu64
	       " first_new_ns %" PRId64 " own_delay_ms %.3f\n",
	    prober->sent_count, prober->sent_count - tally->answered, tally->slow,
	    (double)tally->worst / 1e6, count ? (double)times[count / 2] / 1e6 : 0.0,
	    count ? (double)times[count - 1 - count / 1000] / 1e6 : 0.0,
	    (double)tally->silence / 1e6, tally->leaked, tally->refused, tally->first_new,
	    (double)tally->own_delay / 1e6);
	free(times);
}

static int
ask_steadily(struct prober *prober, double rate, double seconds)
{
	uint64_t total = (uint64_t)(rate * seconds);
	int64_t start = now_ns();
	int64_t end = start + (int64_t)(seconds * SECOND) + DRAIN_NS;
	uint8_t packet[4096];

	while (now_ns() < end) {
		int64_t due = ask_due(prober, start, rate, total);
		struct pollfd wait = {.fd = prober->fd, .events = POLLIN};
		struct timespec pause = {0};
		int64_t left = due - now_ns();
		size_t len;
		int64_t at;

		if (prober->sent_count >= total && prober->tally.answered >= total)
			break;
		pause.tv_nsec = prober->sent_count >= total ? 20000000 : left > 0 ? left : 0;
		(void)ppoll(&wait, 1, &pause, NULL);
		while ((len = receive(prober, packet, sizeof(packet), &at)) > 0)
			count_answer(prober, packet, len, at);
	}
	print_tally(prober);
	return 0;
}

static int
read_questions(struct prober *prober, const char *path)
{
	FILE *file = fopen(path, "r");
	char name[256];
	char kind;

	prober->questions = calloc(QUESTIONS_MAX, sizeof(*prober->questions));
	prober->sent = calloc(SENT_MAX, sizeof(*prober->sent));
	if (!file || !prober->questions || !prober->sent)
		return -1;
	while (
	    prober->question_count < QUESTIONS_MAX && fscanf(file, "%255s %c", name, &kind) == 2) {
		struct question *question = &prober->questions[prober->question_count++];

		question->kind = kind;
		if (make_question(question, name) != 0)
			return -1;
	}
	(void)fclose(file);
	return prober->question_count > 0 ? 0 : -1;
}

int
main(int argc, char **argv)
{
	struct prober prober = {0};
	double rate;
	double seconds;

	(void)prctl(PR_SET_TIMERSLACK, 1ul, 0ul, 0ul, 0ul);
	if (argc == 6 && strcmp(argv[1], "first") == 0) {
		if (open_socket(&prober, argv[2], argv[4]) != 0)
			return 1;
		return ask_first(&prober, argv[3], strtod(argv[5], NULL)) == 0 ? 0 : 1;
	}
	if (argc != 7 || strcmp(argv[1], "steady") != 0) {
		fputs("bench-prober: wrong usage, see the head of prober.c\n", stderr);
		return 2;
	}
	rate = strtod(argv[5], NULL);
	seconds = strtod(argv[6], NULL);
	if (rate < 1 || seconds <= 0 || rate * seconds > SENT_MAX ||
	    open_socket(&prober, argv[2], argv[4]) != 0 || read_questions(&prober, argv[3]) != 0) {
		fprintf(stderr, "bench-prober: cannot start: %s\n", strerror(errno));
		return 1;
	}
	return ask_steadily(&prober, rate, seconds) == 0 ? 0 : 1;
}

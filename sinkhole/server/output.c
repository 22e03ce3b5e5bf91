/* SPDX-License-Identifier: BSD-3-Clause */
#include "sinkhole/server/output.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "common/event.h"

bool
ush_output_waits(const struct ush_output *output)
{
	return output->state == USH_OUTPUT_WAITING || output->state == USH_OUTPUT_LAST;
}

void
ush_output_fini(struct ush_output *output)
{
	free(output->data);
	*output = (struct ush_output){0};
}

static void
shut(struct ush_output *output, int fd)
{
	ush_output_fini(output);
	output->state = USH_OUTPUT_SHUT;
	(void)shutdown(fd, SHUT_WR);
}

/* -1 if there is no room, or no memory. */
static int
keep(struct ush_output *output, const uint8_t *data, size_t len)
{
	uint8_t *grown =
	    output->len + len <= USH_OUTPUT_MAX ? realloc(output->data, output->len + len) : NULL;

	if (grown == NULL)
		return -1;
	memcpy(grown + output->len, data, len);
	output->data = grown;
	output->len += len;
	return 0;
}

void
ush_output_send(struct ush_output *output, int fd, const void *data, size_t len, uint32_t timeout_s)
{
	ssize_t sent = 0;

	if (output->state == USH_OUTPUT_SHUT || output->state == USH_OUTPUT_LAST)
		return;
	if (output->state == USH_OUTPUT_IDLE) {
		sent = send(fd, data, len, MSG_NOSIGNAL);
		if (sent < 0 && errno != EAGAIN && errno != EINTR)
			return; /* gone; the next read says so */
		sent = sent < 0 ? 0 : sent;
	}
	if ((size_t)sent == len)
		return;
	if (keep(output, (const uint8_t *)data + sent, len - (size_t)sent) == 0) {
		if (output->state == USH_OUTPUT_IDLE)
			output->deadline_ms = ush_monotonic_ms() + (uint64_t)timeout_s * 1000;
		output->state = USH_OUTPUT_WAITING;
	} else if (output->state == USH_OUTPUT_WAITING) {
		/* An answer that is left out must not be followed by another. */
		output->state = USH_OUTPUT_LAST;
	} else {
		shut(output, fd);
	}
}

void
ush_output_flush(struct ush_output *output, int fd)
{
	bool gone = false;

	while (!gone && output->sent < output->len) {
		ssize_t sent =
		    send(fd, output->data + output->sent, output->len - output->sent, MSG_NOSIGNAL);

		if (sent < 0 && (errno == EAGAIN || errno == EINTR))
			break;
		gone = sent < 0;
		output->sent += gone ? 0 : (size_t)sent;
	}
	if (output->sent < output->len) {
		/* A peer that takes a byte now and then has no more time than one that takes none.
		 */
		if (gone || ush_monotonic_ms() > output->deadline_ms)
			shut(output, fd);
	} else if (output->state == USH_OUTPUT_LAST) {
		shut(output, fd);
	} else {
		ush_output_fini(output);
	}
}

void
ush_output_end(struct ush_output *output, int fd)
{
	if (output->state == USH_OUTPUT_IDLE)
		shut(output, fd);
	else if (output->state == USH_OUTPUT_WAITING)
		output->state = USH_OUTPUT_LAST;
}

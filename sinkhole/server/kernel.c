/* SPDX-License-Identifier: BSD-3-Clause */
#include "sinkhole/server/kernel.h"

#include <linux/sock_diag.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define GROUP "TcpExt:"

/* The file has two lines a group: names, then values in the same order. */
static uint64_t
find_value(const char *names, const char *values, const char *wanted)
{
	for (;;) {
		size_t name = strcspn(names, " \n");
		size_t value = strcspn(values, " \n");

		if (name == 0 || value == 0)
			return 0;
		if (name == strlen(wanted) && strncmp(names, wanted, name) == 0)
			return strtoull(values, NULL, 10);
		names += name + (names[name] == ' ');
		values += value + (values[value] == ' ');
	}
}

static uint64_t
listen_overflows(void)
{
	FILE *file = fopen("/proc/net/netstat", "re");
	char *names = NULL;
	char *values = NULL;
	size_t names_size = 0;
	size_t values_size = 0;
	uint64_t found = 0;

	if (file == NULL)
		return 0;
	while (getline(&names, &names_size, file) > 0 && getline(&values, &values_size, file) > 0) {
		if (strncmp(names, GROUP, strlen(GROUP)) == 0)
			found = find_value(names, values, "ListenOverflows");
	}
	free(names);
	free(values);
	fclose(file);
	return found;
}

static uint64_t
socket_drops(int fd)
{
	uint32_t info[SK_MEMINFO_VARS] = {0};
	socklen_t len = sizeof(info);

	return getsockopt(fd, SOL_SOCKET, SO_MEMINFO, info, &len) == 0 ? info[SK_MEMINFO_DROPS] : 0;
}

void
ush_kernel_drops_read(struct ush_kernel_drops *out, const struct ush_workers *workers)
{
	*out = (struct ush_kernel_drops){.listen_overflows = listen_overflows()};
	for (unsigned i = 0; i < workers->count; i++) {
		const struct ush_listeners *listeners = &workers->items[i].listeners;

		for (size_t j = 0; j < listeners->count; j++) {
			if (listeners->items[j].udp)
				out->datagrams += socket_drops(listeners->items[j].fd);
		}
	}
}

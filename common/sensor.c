/* SPDX-License-Identifier: BSD-3-Clause */
#include "common/sensor.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/timex.h>
#include <unistd.h>

static int
read_small_file(const char *path, char *buf, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t len;

	if (fd == -1)
		return -1;
	len = read(fd, buf, size - 1);
	close(fd);
	if (len <= 0)
		return -1;
	buf[len] = '\0';
	return 0;
}

/* Filters like systemd's ~@clock end the whole process for the call below, even if it only reads:
 * not worth a resolver. Without /proc (a chroot) the kernel is asked; a filter without prctl()
 * would have ended the process when this thread set its name. */
static bool
is_filtered(unsigned own_filters)
{
	static const char name[] = "\nSeccomp_filters:\t";
	char status[4096];
	const char *count;

	if (read_small_file("/proc/thread-self/status", status, sizeof(status)) != 0)
		return prctl(PR_GET_SECCOMP) != 0;
	count = strstr(status, name);
	if (count == NULL) /* before Linux 5.9 */
		return strstr(status, "\nSeccomp:\t0\n") == NULL;
	return strtoul(count + strlen(name), NULL, 10) > own_filters;
}

static void
describe_clock(struct ush_json *json, unsigned own_filters)
{
	struct timex clock = {.modes = 0};
	int state;
	long long unit;

	if (is_filtered(own_filters))
		return;
	state = adjtimex(&clock);
	if (state == -1)
		return;
	unit = (clock.status & STA_NANO) != 0 ? 1000000 : 1000;
	ush_json_bool(json, "clock_synchronised", state != TIME_ERROR);
	ush_json_int(json, "clock_offset_ms", clock.offset / unit);
}

void
ush_sensor_describe(struct ush_json *json, unsigned own_filters)
{
	char boot_id[64];

	if (read_small_file("/proc/sys/kernel/random/boot_id", boot_id, sizeof(boot_id)) == 0) {
		boot_id[strcspn(boot_id, "\n")] = '\0';
		ush_json_string(json, "boot_id", boot_id);
	}
	describe_clock(json, own_filters);
}

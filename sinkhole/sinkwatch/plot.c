/* SPDX-License-Identifier: BSD-3-Clause */
/* When a host came: a row for each day, the hours from left to right. A program that comes by the
 * clock draws columns or slants; a person draws a cloud in working hours. */
#include <stdlib.h>
#include <time.h>
#include "sinkhole/sinkwatch/host_parts.h"

#define DAYS 14
#define LEAST 3 /* fewer marks are no picture */
/* Sizes in the picture's own units. */
#define LEFT 64
#define TOP 18
#define HOUR 28
#define ROW 18
#define WIDTH (LEFT + 24 * HOUR + 12)

struct mark {
	unsigned day; /* 0: the newest */
	unsigned minute;
	bool is_contact;
};

struct plot {
	struct mark *marks;
	size_t count;
	size_t room;
	time_t newest; /* noon of the newest day */
};

/* Days from noon to noon: daylight saving time moves it by an hour at most. */
static time_t
noon_of(uint64_t ms)
{
	time_t seconds = (time_t)(ms / 1000);
	struct tm tm = {0};

	localtime_r(&seconds, &tm);
	tm.tm_hour = 12;
	tm.tm_min = 0;
	tm.tm_sec = 0;
	tm.tm_isdst = -1;
	return mktime(&tm);
}

/* The two walks over the moments: the first one finds the newest day. */
static int
find_newest(void *arg, enum ush_fact fact, uint64_t time_ms)
{
	struct plot *plot = arg;
	time_t noon = noon_of(time_ms);

	(void)fact;
	plot->newest = noon > plot->newest ? noon : plot->newest;
	plot->room++;
	return 0;
}

static int
take_moment(void *arg, enum ush_fact fact, uint64_t time_ms)
{
	struct plot *plot = arg;
	time_t seconds = (time_t)(time_ms / 1000);
	time_t ago = (plot->newest - noon_of(time_ms) + 43200) / 86400;
	struct tm tm = {0};

	if (ago < 0 || ago >= DAYS || plot->count == plot->room)
		return 0;
	localtime_r(&seconds, &tm);
	plot->marks[plot->count++] = (struct mark){.day = (unsigned)ago,
	    .minute = (unsigned)(tm.tm_hour * 60 + tm.tm_min),
	    .is_contact = ush_fact_is_contact(fact)};
	return 0;
}

static unsigned
days_of(const struct plot *plot)
{
	unsigned days = 1;

	for (size_t i = 0; i < plot->count; i++)
		days = plot->marks[i].day + 1 > days ? plot->marks[i].day + 1 : days;
	return days;
}

/* "M-D" of the row, in ISO form. */
static void
day_text(const struct plot *plot, unsigned day, char buf[16])
{
	time_t noon = plot->newest - (time_t)day * 86400;
	struct tm tm = {0};

	localtime_r(&noon, &tm);
	strftime(buf, 16, "%m-%d", &tm);
}

static void
put_grid(struct ush_view *view, const struct plot *plot, unsigned days)
{
	struct evbuffer *out = view->html.out;
	char text[16];

	for (unsigned hour = 0; hour <= 24; hour += 3)
		evbuffer_add_printf(out,
		    "<line class=\"grid\" x1=\"%u\" y1=\"%u\" x2=\"%u\" y2=\"%u\"/>"
		    "<text x=\"%u\" y=\"12\" text-anchor=\"middle\">%02u</text>\n",
		    LEFT + hour * HOUR, TOP, LEFT + hour * HOUR, TOP + days * ROW,
		    LEFT + hour * HOUR, hour);
	for (unsigned day = 0; day < days; day++) {
		unsigned y = TOP + (days - 1 - day) * ROW;

		day_text(plot, day, text);
		evbuffer_add_printf(out,
		    "<line class=\"row\" x1=\"%u\" y1=\"%u\" x2=\"%u\" y2=\"%u\"/>"
		    "<text x=\"%u\" y=\"%u\" text-anchor=\"end\">%s</text>\n",
		    LEFT, y + ROW, LEFT + 24 * HOUR, y + ROW, LEFT - 8, y + ROW - 5, text);
	}
}

/* Questions first: contacts lie above them. */
static void
put_marks(struct ush_view *view, const struct plot *plot, unsigned days, bool is_contact)
{
	for (size_t i = 0; i < plot->count; i++) {
		const struct mark *mark = &plot->marks[i];
		unsigned x = LEFT + mark->minute * HOUR / 60;
		unsigned y = TOP + (days - 1 - mark->day) * ROW;

		if (mark->is_contact != is_contact)
			continue;
		if (is_contact)
			evbuffer_add_printf(view->html.out,
			    "<circle class=\"contact\" cx=\"%u\" cy=\"%u\" r=\"3.2\"/>", x,
			    y + ROW / 2);
		else
			evbuffer_add_printf(view->html.out,
			    "<rect class=\"question\" x=\"%u\" y=\"%u\" width=\"2\" height=\"12\"/>",
			    x - 1, y + 3);
	}
}

static void
put_plot(struct ush_view *view, const struct plot *plot)
{
	unsigned days = days_of(plot);

	ush_view_heading(view, USH_WORD_PLOT);
	ush_html_raw(&view->html, "<figure>\n");
	evbuffer_add_printf(view->html.out,
	    "<svg class=\"plot\" role=\"img\" aria-labelledby=\"plot-what\" "
	    "viewBox=\"0 0 %u %u\">\n",
	    WIDTH, TOP + days * ROW + 4);
	put_grid(view, plot, days);
	put_marks(view, plot, days, false);
	put_marks(view, plot, days, true);
	ush_html_raw(&view->html, "</svg>\n<figcaption id=\"plot-what\">"
	                          "<span class=\"key contact\">");
	ush_view_say(view, USH_WORD_PLOT_CONTACT);
	ush_html_raw(&view->html, "</span> <span class=\"key question\">");
	ush_view_say(view, USH_WORD_PLOT_QUESTION);
	ush_html_raw(&view->html, "</span> ");
	ush_view_say(view, USH_WORD_PLOT_WHAT);
	ush_html_raw(&view->html, "</figcaption>\n</figure>\n");
}

int
ush_view_plot(struct ush_view *view, const char *host, struct ush_error *err)
{
	struct ush_store *store = view->command->store;
	struct plot plot = {0};
	int rc;

	if (ush_moments_each(store, host, find_newest, &plot, err) != 0)
		return -1;
	if (plot.room < LEAST)
		return 0;
	plot.marks = calloc(plot.room, sizeof(*plot.marks));
	if (plot.marks == NULL)
		return ush_fail(err, NULL, 0, "out of memory");
	rc = ush_moments_each(store, host, take_moment, &plot, err);
	if (rc == 0)
		put_plot(view, &plot);
	free(plot.marks);
	return rc;
}

/* SPDX-License-Identifier: BSD-3-Clause */
/* html.h - a text as HTML, for content and for quoted attributes alike. Values only; one thread (the
 * locale, see terminal.h). */
#pragma once

/* The text made safe (terminal.h), with & < > " ' as character references. NULL if there is no memory.
 * Owned by the caller: free(). */
char *ush_html_escape(const char *text);

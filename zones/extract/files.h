/* SPDX-License-Identifier: BSD-3-Clause */
/* files.h - names of files, and of malware as scanners call it. Values only, any thread may call. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* Whether the text ends like a file's name: "a.exe", "setup.sh", "index.php". */
bool ush_is_file_name(const char *text, size_t len);

/* The same, of files that malware comes as: programs, scripts, documents, archives. */
bool ush_is_run_or_opened(const char *text, size_t len);

/* A program or library that every Windows has, or a file that every project has. */
bool ush_is_genuine_tool(const char *text, size_t len);

/* "Backdoor.Emdivi", "BKDR_EMDIVI", "Trojan:Win32/X". */
bool ush_is_detection_name(const char *text, size_t len);

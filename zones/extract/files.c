/* SPDX-License-Identifier: BSD-3-Clause */
#include "zones/extract/files.h"

#include <string.h>
#include <strings.h>

bool
ush_is_detection_name(const char *text, size_t len)
{
	static const char *const starts[] = {"Backdoor.", "Backdoor:", "Backdoor/", "Trojan.",
	    "Trojan:", "Trojan/", "Trojan-", "TROJ_", "BKDR_", "TSPY_", "WORM_", "RANSOM_",
	    "Ransom.", "Ransom:", "Win32/", "Win64/", "Win32.", "W32.", "W32/", "W97M", "X97M",
	    "HEUR:", "Worm.", "Worm:", "Worm/", "Virus.", "Virus:", "Infostealer.",
	    "Exploit:", "Exploit.", "PUA:", "PUA.", "Mal/", "Troj/", "MSIL/", "MSIL.", "ELF.",
	    "Hacktool.", "HackTool:", "Generic.", "Gen:", "JS/", "VBA/", "O97M", "Linux/",
	    "Android/"};

	for (size_t i = 0; i < sizeof(starts) / sizeof(starts[0]); i++) {
		size_t start = strlen(starts[i]);

		if (len > start + 1 && strncmp(text, starts[i], start) == 0 &&
		    !ush_is_file_name(text, len))
			return true;
	}
	return false;
}

static bool
ends_in(const char *text, size_t len, const char *const *ends)
{
	const char *dot = memrchr(text, '.', len);

	if (dot == NULL || memchr(text, '/', len) != NULL)
		return false;
	for (; *ends != NULL; ends++) {
		size_t end = strlen(*ends);

		if ((size_t)(text + len - dot - 1) == end && strncasecmp(dot + 1, *ends, end) == 0)
			return true;
	}
	return false;
}

bool
ush_is_run_or_opened(const char *text, size_t len)
{
	static const char *const ends[] = {"exe", "dll", "doc", "docx", "docm", "xls", "xlsx",
	    "xlsm", "xlsb", "ppt", "pptx", "pptm", "pps", "rtf", "pdf", "hwp", "jtd", "scr", "pif",
	    "js", "jse", "vbs", "vbe", "wsf", "ps1", "psm1", "bat", "cmd", "lnk", "hta", "chm",
	    "cpl", "sys", "ocx", "msi", "msp", "jar", "apk", "ipa", "dex", "elf", "bin", "dat",
	    "tmp", "iso", "img", "vhd", "zip", "rar", "7z", "gz", "tar", "tgz", "cab", "ace", "sh",
	    "py", "pyc", "pl", "rb", "so", NULL};

	return ends_in(text, len, ends);
}

bool
ush_is_file_name(const char *text, size_t len)
{
	static const char *const ends[] = {"ko", "md", "txt", "log", "cfg", "ini", "conf", "xml",
	    "json", "yaml", "yml", "csv", "eml", "msg", "swf", "reg", "inf", "url", "mov", "app",
	    "dmg", "pkg", "one", "html", "htm", "php", "asp", "aspx", "jsp", "cs", "java", "go",
	    "rs", "cc", "db", "sqlite", "jpg", "jpeg", "png", "gif", "bmp", "ico", NULL};

	return ush_is_run_or_opened(text, len) || ends_in(text, len, ends);
}

bool
ush_is_genuine_tool(const char *text, size_t len)
{
	static const char *const tools[] = {"cmd.exe", "explorer.exe", "svchost.exe",
	    "rundll32.exe", "regsvr32.exe", "powershell.exe", "wscript.exe", "cscript.exe",
	    "mshta.exe", "net.exe", "winlogon.exe", "lsass.exe", "services.exe", "iexplore.exe",
	    "chrome.exe", "firefox.exe", "winword.exe", "excel.exe", "outlook.exe", "notepad.exe",
	    "calc.exe", "taskmgr.exe", "schtasks.exe", "certutil.exe", "bitsadmin.exe",
	    "msiexec.exe", "reg.exe", "wmic.exe", "conhost.exe", "dllhost.exe", "taskhost.exe",
	    "spoolsv.exe", "csrss.exe", "smss.exe", "wininit.exe", "installutil.exe", "msbuild.exe",
	    "regasm.exe", "extrac32.exe", "kernel32.dll", "ntdll.dll", "user32.dll", "advapi32.dll",
	    "ws2_32.dll", "wininet.dll", "winhttp.dll", "shell32.dll", "shlwapi.dll", "urlmon.dll",
	    "crypt32.dll", "msvcrt.dll", "mscoree.dll", "ole32.dll", "psexec.exe", "curl.exe",
	    "ipconfig.exe", "ping.exe", "whoami.exe", "tasklist.exe", "systeminfo.exe",
	    "netstat.exe", "README.md", "readme.txt"};

	for (size_t i = 0; i < sizeof(tools) / sizeof(tools[0]); i++) {
		if (strlen(tools[i]) == len && strncasecmp(tools[i], text, len) == 0)
			return true;
	}
	return false;
}

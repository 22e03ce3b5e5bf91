/* SPDX-License-Identifier: BSD-3-Clause */
#include "zones/extract/words.h"

#include <ctype.h>
#include <stddef.h>
#include <string.h>
#include <strings.h>

#define HEADING_BYTES 96 /* longer ones are sentences */

/* A word of ASCII counts where no letter or digit is beside it; a plural, too. */
static const char *const c2[] = {"c2", "c&c", "cnc server", "c 2 server", "command and control",
    "command-and-control", "command & control", "command&control", "controller", "beacon",
    "beacons", "beaconing", "callback", "call back", "calls back", "calls home", "phones home",
    "exfiltration", "exfiltrates", "remote location", "remote locations", "remote server",
    "remote servers", "connects to", "connect to", "connecting to", "communicates with",
    "communicate with", "communicated with", "communication with", "contacts the", "reaches out to",
    "通信先", "通信する", "C2サーバ", "C&Cサーバ", "指令サーバ", "指令", "接続先", "コールバック",
    "ビーコン", "遠隔操作サーバ", "コマンド&コントロール", "情報の送信先", "送信先サーバ", NULL};

static const char *const broken_into[] = {"compromised", "hacked", "defaced", "watering hole",
    "改ざん", "改竄", "水飲み場", "踏み台", NULL};

static const char *const decoy[] = {"decoy", "decoys", "lure document", "lure file", "bait",
    "legitimate", "benign", "genuine", "harmless", "おとり", "囮", "デコイ", "正規の", "正規サイト",
    "本物", NULL};

/* In headings alone: a sentence about a victim may name what attacked it. */
static const char *const victim[] = {"victim", "victims", "victimology", "targets",
    "targeted organizations", "targeted organisations", "targeted companies", "targeted brands",
    "affected organizations", "affected organisations", "affected companies", "affected customers",
    "affected parties", "被害者", "被害組織", "被害企業", "被害を受けた", "標的組織",
    "標的となった", NULL};

static const char *const delivery[] = {"dropper", "droppers", "downloader", "downloaders",
    "download", "downloads", "downloaded", "delivery", "payload url", "payload server", "staging",
    "distribution", "distributed", "hosting", "hosted", "phishing", "landing page", "exploit kit",
    "redirect", "redirector", "malspam", "second stage", "stager", "ドロッパー", "ドロッパ",
    "ダウンロード", "ダウンローダ", "配布", "誘導", "フィッシング", "設置", "配信元", "感染サイト",
    "不正サイト", "悪性サイト", "攻撃サイト", NULL};

static const char *const malware[] = {"malware", "rat", "backdoor", "trojan", "payload", "payloads",
    "loader", "implant", "sample", "samples", "stealer", "ransomware", "botnet", "hash", "hashes",
    "file name", "filename", "検体", "マルウェア", "バックドア", "ランサム", "ウイルス", "ハッシュ",
    "ファイル名", NULL};

static const char *const indicators[] = {"indicator", "indicators", "ioc", "iocs", "observable",
    "observables", "network indicators", "malicious", "blocklist", "blacklist", "block list",
    "infrastructure", "domain", "domains", "fqdn", "fqdns", "hostname", "hostnames", "ip address",
    "ip addresses", "ips", "url", "urls", "network", "attacker", "インディケータ", "インジケータ",
    "インジケーター", "痕跡情報", "侵害指標", "不審な", "悪性", "悪意", "不正な", "攻撃者",
    "攻撃インフラ", "ドメイン", "IPアドレス", "ホスト名", NULL};

/* In headings: what says that it is about indicators. The others of the words above may be a victim's. */
static const char *const named_indicators[] = {"indicator", "indicators", "ioc", "iocs",
    "observable", "observables", "インディケータ", "インジケータ", "インジケーター", "痕跡情報",
    "侵害指標", NULL};

static const char *const reference[] = {"reference", "references", "further reading", "read more",
    "source", "sources", "see also", "related", "related work", "acknowledgement",
    "acknowledgements", "acknowledgments", "acknowledgment", "external links", "credits",
    "related posts", "yara", "yara rule", "yara rules", "mitigation", "mitigations",
    "recommendations", "remediation", "regards", "about us", "about the author", "contact us",
    "appendix: links", "footnotes", "footnote", "bibliography", "参考", "関連情報", "関連記事",
    "出典", "引用", "リンク", "謝辞", "脚注", "更新履歴", "解析レポート", "お問い合わせ",
    "問い合わせ先", NULL};

static const char *const contact[] = {"c2", "c&c", "command and control", "command-and-control",
    "command & control", "connects to", "communicates with", "communicate with", "beacons to",
    "contacts the", "reaches out to", "exfiltrates", "calls back to", "phones home", "resolved to",
    "remote location", "remote locations", "remote server", "resolves to", "通信先", "通信する",
    "通信を行", "接続先", "接続する", "指令サーバ", "に通信", "と通信", "へ通信", "に接続",
    "へ接続", NULL};

static const char *const harmless[] = {"abused by", "services abused", "abused services",
    "legitimate domain", "legitimate domains", "legitimate service", "legitimate services",
    "not inherently malicious", "not malicious", "non-malicious", "not an indicator", "not an ioc",
    "not iocs", "false positive", "false positives", "do not block", "allowlist", "allow list",
    "whitelist", "connectivity check", "connectivity checks", "checks connectivity",
    "check connectivity", "not affected", "not compromised", "無害", "誤検知", "正規の通信",
    "接続確認", "疎通確認", NULL};

static const char *const provider[] = {"registrar", "registered via", "registered with",
    "registered at", "registered through", "hosted at", "hosted by", "hosted on",
    "hosting provider", "provider", "hoster", "isp", "name server", "name servers", "nameserver",
    "nameservers", "ns:", "mx:", "cname:", "common name", "commonname", "organizationname",
    "cn=", "レジストラ", "ネームサーバ", NULL};

static const char *const imitated[] = {"spoofing", "spoofs", "impersonating", "impersonates",
    "imitating", "imitates", "mimicking", "mimics", "masquerading as", "disguised as", "posing as",
    "を装う", "を装った", NULL};

static const char *const version[] = {"version", "versions", "ver", "v", "release", "build",
    "firmware", "update", "prior to", "before", "earlier than", "patch", "windows nt", "chrome",
    "oid", "section", "chapter", "バージョン", "版", "更新", NULL};

static bool
is_word_character(char c)
{
	return isalnum((unsigned char)c) != 0;
}

static bool
has(const char *plain, const char *word)
{
	size_t len = strlen(word);

	for (const char *at = plain; (at = strcasestr(at, word)) != NULL; at++) {
		if ((word[0] & 0x80) != 0 || (word[len - 1] & 0x80) != 0)
			return true;
		if ((at == plain || !is_word_character(at[-1])) && !is_word_character(at[len]))
			return true;
	}
	return false;
}

static bool
has_any(const char *plain, const char *const *words)
{
	while (*words != NULL && !has(plain, *words))
		words++;
	return *words != NULL;
}

const char *
ush_near_text(enum ush_near near)
{
	static const char *const texts[] = {
	    [USH_NEAR_NOTHING] = "",
	    [USH_NEAR_REFERENCE] = "reference",
	    [USH_NEAR_VICTIM] = "victim",
	    [USH_NEAR_DECOY] = "decoy",
	    [USH_NEAR_INDICATORS] = "indicator",
	    [USH_NEAR_MALWARE] = "malware",
	    [USH_NEAR_DELIVERY] = "delivery",
	    [USH_NEAR_C2] = "C2",
	};

	return texts[near];
}

enum ush_near
ush_near_of(const char *plain)
{
	static const struct {
		const char *const *words;
		enum ush_near near;
	} order[] = {{c2, USH_NEAR_C2}, {broken_into, USH_NEAR_DELIVERY}, {decoy, USH_NEAR_DECOY},
	    {delivery, USH_NEAR_DELIVERY}, {malware, USH_NEAR_MALWARE},
	    {indicators, USH_NEAR_INDICATORS}, {reference, USH_NEAR_REFERENCE}};

	for (size_t i = 0; i < sizeof(order) / sizeof(order[0]); i++) {
		if (has_any(plain, order[i].words))
			return order[i].near;
	}
	return USH_NEAR_NOTHING;
}

enum ush_near
ush_near_of_heading(const char *plain, enum ush_near own)
{
	return own != USH_NEAR_C2 && has_any(plain, victim) && !has_any(plain, named_indicators)
	           ? USH_NEAR_VICTIM
	           : own;
}

bool
ush_says_contact(const char *plain)
{
	return has_any(plain, contact);
}

bool
ush_says_harmless(const char *plain)
{
	return has_any(plain, harmless) && !has_any(plain, broken_into);
}

bool
ush_says_indicators(const char *plain)
{
	return has_any(plain, indicators);
}

bool
ush_says_provider(const char *before)
{
	return has_any(before, provider);
}

bool
ush_says_imitated(const char *before)
{
	return has_any(before, imitated);
}

bool
ush_says_version(const char *before)
{
	return has_any(before, version);
}

static bool
is_blank(const char *plain)
{
	return plain[strspn(plain, " \t>")] == '\0';
}

/* The end of a letter: what follows is its author's. */
static bool
is_regards(const char *plain, size_t len)
{
	static const char *const ends[] = {
	    "regards", "best regards", "kind regards", "with kind regards", "sincerely", "cheers"};

	len -= plain[len - 1] == ',';
	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		if (len == strlen(ends[i]) && strncasecmp(plain, ends[i], len) == 0)
			return true;
	}
	return false;
}

/* "=====", "-----" below a title. */
static bool
is_underline(const char *plain)
{
	size_t len = strlen(plain);

	return len >= 3 && (strspn(plain, "=") == len || strspn(plain, "-") == len ||
	                       strspn(plain, "~") == len);
}

static bool
ends_with(const char *plain, size_t len, const char *end)
{
	size_t end_len = strlen(end);

	return len >= end_len && memcmp(plain + len - end_len, end, end_len) == 0;
}

static bool
ends_sentence(const char *plain, size_t len)
{
	static const char *const ends[] = {
	    ".", ",", ";", "。", "、", "!", "?", "-", "です", "ます"};

	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		if (ends_with(plain, len, ends[i]))
			return true;
	}
	return false;
}

/* Something that looks like an indicator: what has one is an entry, not a heading. */
static bool
has_indicator(const char *plain)
{
	if (strstr(plain, "[.]") != NULL || strstr(plain, "://") != NULL)
		return true;
	for (const char *at = plain; (at = strchr(at, '.')) != NULL; at++) {
		if (at > plain && is_word_character(at[-1]) && is_word_character(at[1]) &&
		    (isalpha((unsigned char)at[1]) != 0 || isdigit((unsigned char)at[-1]) == 0))
			return true;
	}
	return false;
}

/* "1. Introduction", "IV. 参考情報", "(3) 通信先" */
static size_t
skip_number(const char *plain)
{
	size_t len = strspn(plain, "0123456789.()");

	if (len == 0 && (len = strspn(plain, "IVX")) > 0 && plain[len++] != '.')
		return 0;
	return len > 0 && plain[len] == ' ' ? len + 1 : 0;
}

/* "**Indicators**", "[C2]", "【通信先】", "■ 通信先" */
static bool
is_marked(const char *plain, size_t len)
{
	static const char *const marks[] = {
	    "#", "**", "【", "■", "◆", "●", "▼", "==", "h1.", "h2.", "h3.", "h4."};

	for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++) {
		if (strncmp(plain, marks[i], strlen(marks[i])) == 0 && len > strlen(marks[i]))
			return marks[i][0] != '*' || ends_with(plain, len, "**") ||
			       ends_with(plain, len, "**:");
	}
	return plain[0] == '[' && plain[len - 1] == ']';
}

enum ush_heading
ush_heading_of(const char *before, const char *plain, const char *after)
{
	size_t len;

	plain += strspn(plain, " \t>"); /* also in a letter that was quoted */
	for (len = strlen(plain); len > 0 && strchr(" \t", plain[len - 1]) != NULL; len--)
		;
	if (len == 0 || len > HEADING_BYTES || has_indicator(plain + skip_number(plain)) ||
	    is_underline(plain))
		return USH_HEADING_NONE;
	if (is_marked(plain, len) || is_underline(after) || is_regards(plain, len))
		return USH_HEADING_SURE;
	if (ends_with(plain, len, ":"))
		return USH_HEADING_LIKELY;
	if (ends_sentence(plain, len) || strchr("-*|", plain[0]) != NULL)
		return USH_HEADING_NONE;
	if (skip_number(plain) > 0 && (is_blank(before) || isdigit((unsigned char)plain[0]) == 0))
		return USH_HEADING_SURE;
	/* Running text is broken in lines, too: a title stands apart, or is Japanese. */
	if ((plain[0] & 0x80) != 0 || (plain[len - 1] & 0x80) != 0)
		return USH_HEADING_LIKELY;
	return is_blank(before) && (isupper((unsigned char)plain[0]) || skip_number(plain) > 0)
	           ? USH_HEADING_LIKELY
	           : USH_HEADING_NONE;
}

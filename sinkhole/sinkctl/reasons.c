/* SPDX-License-Identifier: BSD-3-Clause */
/* The reasons of calls.c in Japanese, by their English text, and the phrases of facts.c. A test finds
 * a reason that has no translation. */
#include <string.h>
#include "sinkhole/sinkctl/reasons.h"

static const struct {
	const char *english;
	const char *japanese;
} reasons[] = {
    {"it sent what only the malware sends: a beacon that decodes into a host profile",
        "マルウェアだけが送るビーコンを送信し、端末のプロファイルとして復号できた"},
    {"a beacon that decodes came from it, and with it the words of a proxy: it or a machine "
     "behind it is infected",
        "復号できるビーコンがプロキシの情報とともに届いた。この端末か、その背後の端末が感染している"},
    {"a program on it sent data to a listed host, which nothing does that follows links",
        "プログラムがリストのホストへデータを送信した。リンクをたどるだけのものはこれを行わない"},
    {"a program on it called a listed host with the user agent of the malware's samples",
        "プログラムがマルウェア検体と同じ User-Agent でリストのホストに接続した"},
    {"it calls a planted C2 URL at regular intervals: no person does",
        "攻撃者が設置した C2 の URL に一定の間隔で接続している。人の操作ではない"},
    {"a planted C2 URL is called with a browser's headers at regular intervals, in more hours of "
     "the day than people work: malware, or a page left open that loads it in a frame",
        "攻撃者が設置した C2 の URL に、ブラウザーのヘッダーで、人の勤務時間を超えて一定の間隔で"
        "接続している。マルウェアか、フレームで読み込むページの開き放し"},
    {"it went on calling a planted C2 URL for a day or more, and not with a browser",
        "攻撃者が設置した C2 の URL に、ブラウザー以外で 1 日以上接続を続けた"},
    {"a program on it called several listed hosts of the campaign, and not in one burst",
        "プログラムが同じキャンペーンの複数のリストのホストに、時間をおいて接続した"},
    {"a program on it began TLS with several listed hosts, and not in one burst",
        "プログラムが複数のリストのホストと、時間をおいて TLS を開始した"},
    {"a program on it begins TLS with a listed host at regular intervals",
        "プログラムがリストのホストと一定の間隔で TLS を開始している"},
    {"a program on it went on beginning TLS with a listed host for a day or more",
        "プログラムがリストのホストとの TLS の開始を 1 日以上続けた"},
    {"it sends bytes that are neither HTTP nor TLS to the campaign's address at regular "
     "intervals",
        "HTTP でも TLS でもないデータを、キャンペーンのアドレスへ一定の間隔で送信している"},
    {"its browser sent a beacon that decodes: a web page can make it do that, so the page is "
     "the finding",
        "ブラウザーが復号できるビーコンを送信した。ウェブページが送信させることもできるため、"
        "調べるべきはそのページ"},
    {"a planted C2 URL is called with a browser's headers at regular intervals: a page left open "
     "that loads it in a frame, or malware",
        "攻撃者が設置した C2 の URL に、ブラウザーのヘッダーで一定の間隔で接続している。"
        "フレームで読み込むページの開き放しか、マルウェア"},
    {"it called a listed C2 URL as programs do that look at links",
        "リンクを検査するプログラムのように、リストの C2 の URL に接続した"},
    {"a program on it called a listed host, at a path that is not listed",
        "プログラムがリストのホストの、リストにないパスに接続した"},
    {"it sent the sinkhole bytes that are neither HTTP nor TLS",
        "HTTP でも TLS でもないデータをシンクホールに送信した"},
    {"a browser's headers come from it at regular intervals: a page left open, or no browser",
        "ブラウザーのヘッダーが一定の間隔で届く。ページの開き放しか、ブラウザーではないもの"},
    {"a person opened a listed site with a browser", "人がリストのサイトをブラウザーで開いた"},
    {"its browser asked for hosts that are not listed", "ブラウザーがリストにないホストを要求した"},
    {"its contacts bear a scanner's marks", "接続にスキャナーの特徴がある"},
    {"it looks like a proxy: it names the hosts behind it, which have rows of their own",
        "プロキシと見られる。背後の端末を示しており、それぞれに行がある"},
    {"it sent the sinkhole HTTP without a listed URL or clear marks",
        "リストの URL でも明確な特徴でもない HTTP をシンクホールに送信した"},
    {"it began TLS with a listed host; TLS hides the path",
        "リストのホストと TLS を開始した。TLS ではパスが分からない"},
    {"it began TLS with the sinkhole, naming no host",
        "ホスト名を示さずにシンクホールと TLS を開始した"},
    {"it asked the sinkhole for a host that is not listed",
        "シンクホールに、リストにないホストを要求した"},
    {"it connected to the sinkhole and sent nothing",
        "シンクホールに接続したが、何も送信しなかった"},
    {"it called the sinkhole more often than is recorded one by one",
        "一件ずつ記録できる回数を超えてシンクホールに接続した"},
    {"it asked for many listed names and never called: it seems to ask for other hosts",
        "リストの名前を多数問い合わせたが、一度も接続していない。ほかの端末の代理と見られる"},
    {"it asks for a listed name at regular intervals and never called the sinkhole",
        "リストの名前を一定の間隔で問い合わせているが、シンクホールには一度も接続していない"},
    {"it asked for a listed name and never called the sinkhole",
        "リストの名前を問い合わせたが、シンクホールには一度も接続していない"},
    {"it took part in a test", "テストに使われた"},
    {"your settings say it forwards DNS for others: its own log has the clients",
        "設定によれば DNS フォワーダー。端末はフォワーダー自身のログで分かる"},
    {"your settings say it is a proxy: its own log has the clients",
        "設定によればプロキシ。端末はプロキシ自身のログで分かる"},
    {"your settings say it is a mail gateway: it follows links in mail",
        "設定によればメールゲートウェイ。メールのリンクをたどる"},
    {"your settings say it is a scanner", "設定によればスキャナー"},
    {"your settings say it is a sandbox: it runs malware on purpose",
        "設定によればサンドボックス。意図してマルウェアを動かす"},
    {"your settings say that what it does is a drill", "設定によれば訓練"},
    {"a machine behind this proxy did it, and the proxy did not say which: look "
     "at its own log at these times",
        "このプロキシの背後の端末によるもので、プロキシはどの端末かを示していない。"
        "この時刻のプロキシ自身のログを確認"},
    /* cases.c */
    {"it acted after it was cleaned", "駆除の後に検知した"},
    {"this was not known then", "当時は知られていなかった"},
    {"its call is worse than it was then", "当時より判定が重くなった"},
    /* calls.c */
    {"only what no rule knows was seen of it", "どの規則にも当てはまらないものだけを検知した"},
};

static const char *const facts[USH_FACTS] = {
    [USH_FACT_BEACON] = "復号できるビーコンを送信した",
    [USH_FACT_BEACON_VIA] = "復号できるビーコンを、プロキシの情報とともに送信した",
    [USH_FACT_BEACON_PLANTED] =
        "復号できるビーコンをブラウザーで送信した(ウェブページが送信させることもできる)",
    [USH_FACT_POST] = "プログラムとしてリストのホストへデータを送信した",
    [USH_FACT_FAMILY_AGENT] = "マルウェア検体の User-Agent でリストのホストに接続した",
    [USH_FACT_PLANTED] = "攻撃者が設置した C2 の URL に、プログラムとして接続した",
    [USH_FACT_PLANTED_QUIET] = "攻撃者が設置した C2 の URL に接続した(プログラムか人かは不明)",
    [USH_FACT_PLAUSIBLE] = "一般のページでもありうる C2 の URL に、プログラムとして接続した",
    [USH_FACT_AUTOMATION] = "プログラムとしてリストのホストに接続した",
    [USH_FACT_URL_QUIET] = "一般のページでもありうる C2 の URL に接続した(プログラムか人かは不明)",
    [USH_FACT_RAW] = "HTTP でも TLS でもないデータを送信した",
    [USH_FACT_RAW_OTHER] = "データグラム、またはブラウザーも送るデータを送信した",
    [USH_FACT_BROWSER_PLANTED] = "攻撃者が設置した C2 の URL にブラウザーで接続した",
    [USH_FACT_BROWSER] = "ブラウザーで接続した",
    [USH_FACT_SCANNER] = "スキャナーの特徴を伴って接続した",
    [USH_FACT_HTTP] = "その他の HTTP リクエストを送信した",
    [USH_FACT_TLS] = "プログラムとしてリストのホストと TLS を開始した",
    [USH_FACT_TLS_BROWSER] = "ブラウザーとしてリストのホストと TLS を開始した",
    [USH_FACT_TLS_OTHER] = "ホスト名を示さずに TLS を開始した",
    [USH_FACT_UNLISTED] = "シンクホールに、リストにないホストを要求した",
    [USH_FACT_SILENT] = "接続したが、何も送信しなかった",
    [USH_FACT_FOLDED] = "一件ずつ記録できる回数を超えて接続した",
    [USH_FACT_CANARY_HIT] = "テストでシンクホールに接続した",
    [USH_FACT_DNS] = "リストの名前を問い合わせ、シンクホールに誘導された",
    [USH_FACT_DNS_OTHER] = "リストの名前を問い合わせたが、シンクホールには誘導されなかった",
    [USH_FACT_CANARY_DNS] = "テストで名前を問い合わせた",
};

const char *
ush_word_of_reason(enum ush_language language, const char *reason)
{
	if (language == USH_LANGUAGE_ENGLISH)
		return reason;
	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++) {
		if (strcmp(reasons[i].english, reason) == 0)
			return reasons[i].japanese;
	}
	return reason;
}

const char *
ush_word_of_fact(enum ush_language language, enum ush_fact fact)
{
	return language == USH_LANGUAGE_ENGLISH ? ush_fact_phrase(fact) : facts[fact];
}

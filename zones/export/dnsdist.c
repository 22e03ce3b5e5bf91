/* SPDX-License-Identifier: BSD-3-Clause */
/* Lua for dnsdist 1.7 or later. The list is one text, as a chunk of Lua has few constants; the lines
 * behind it make sets of it. Rules are tried in order, so that the sets of the longest names come
 * first: the longest match wins, as in the list. */
#include "zones/export/format.h"

static const char loader[] =
    "]]\n"
    "local exact, below, deepest = {}, {}, 0\n"
    "local function add(sets, key, make, name)\n"
    "  if sets[key] == nil then sets[key] = make() end\n"
    "  sets[key]:add(newDNSName(name))\n"
    "end\n"
    "local function act(rule, effect)\n"
    "  if effect == 'pass' then\n"
    "    addAction(rule, AllowAction())\n"
    "  elseif effect == 'drop' then\n"
    "    addAction(rule, DropAction())\n"
    "  elseif effect == 'nxdomain' then\n"
    "    addAction(rule, RCodeAction(DNSRCode.NXDOMAIN))\n"
    "  else\n"
    "    if effect ~= 'nodata' then\n"
    "      local addresses = {}\n"
    "      for address in effect:gmatch('[^,]+') do addresses[#addresses + 1] = address end\n"
    "      addAction(rule, SpoofAction(addresses, {ttl=ttl}))\n"
    "    end\n"
    "    addAction(rule, RCodeAction(DNSRCode.NOERROR))\n"
    "  end\n"
    "end\n"
    "local function each(sets, make)\n"
    "  local keys = {}\n"
    "  for key in pairs(sets) do keys[#keys + 1] = key end\n"
    "  table.sort(keys)\n"
    "  for _, key in ipairs(keys) do act(make(sets[key]), key) end\n"
    "end\n"
    "for own, under, name in list:gmatch('(%S+) (%S+) (%S+)\\n') do\n"
    "  local _, dots = name:gsub('%.', '')\n"
    "  if dots > deepest then deepest = dots end\n"
    "  if own ~= under then add(exact, own == '-' and 'pass' or own, newDNSNameSet, name) end\n"
    "  if under ~= '-' then\n"
    "    if below[dots] == nil then below[dots] = {} end\n"
    "    add(below[dots], under, newSuffixMatchNode, name)\n"
    "  end\n"
    "end\n"
    "list = nil\n"
    "each(exact, QNameSetRule)\n"
    "for dots = deepest, 0, -1 do\n"
    "  if below[dots] ~= nil then each(below[dots], SuffixMatchNodeRule) end\n"
    "end\n";

static int
dnsdist_begin(struct ush_export *export, struct ush_error *err)
{
	(void)err;
	fprintf(export->options->to,
	    "-- what happens to the name, to what is below it (-: nothing), and the name\n"
	    "local ttl = %u\nlocal list = [[\n",
	    export->options->ttl);
	return 0;
}

static void
put_effect(const struct ush_export *export, const struct ush_effect *effect)
{
	FILE *to = export->options->to;
	const struct ush_address *addresses[2];
	char text[USH_ADDRESS_TEXT_MAX];
	size_t count = ush_export_addresses(export, effect, addresses);

	for (size_t i = 0; i < count; i++)
		fprintf(to, "%s%s", i > 0 ? "," : "", ush_address_to_text(addresses[i], text));
	if (count > 0)
		return;
	if (effect->kind == USH_EFFECT_NOTHING)
		fputc('-', to);
	else if (effect->kind == USH_EFFECT_PASS)
		fputs("pass", to);
	else if (effect->action == USH_ACTION_SINKHOLE)
		fputs("nxdomain", to);
	else
		fputs(ush_action_text(effect->action), to);
}

static int
dnsdist_owner(struct ush_export *export, const struct ush_owner *owner, struct ush_error *err)
{
	FILE *to = export->options->to;

	(void)err;
	if (owner->self.kind == USH_EFFECT_NOTHING && owner->below.kind == USH_EFFECT_NOTHING)
		return 0;
	put_effect(export, &owner->self);
	fputc(' ', to);
	put_effect(export, &owner->below);
	fprintf(to, " %s\n", owner->text);
	return 0;
}

static int
dnsdist_end(struct ush_export *export, struct ush_error *err)
{
	(void)err;
	fputs(loader, export->options->to);
	return 0;
}

const struct ush_export_format ush_export_dnsdist = {
    .name = "dnsdist",
    .comment = "--",
    .begin = dnsdist_begin,
    .owner = dnsdist_owner,
    .end = dnsdist_end,
};

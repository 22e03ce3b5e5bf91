# SPDX-License-Identifier: BSD-3-Clause
"""What the end-to-end tests stand on: real daemons, real clients, nothing mocked.

paths      what was built, and the addresses of the namespace
daemon     a program that runs until a test stops it; its log is searched for sanitizer reports
authority  NSD with the test zones: the internet as far as the resolver can see
resolver   Unbound, with or without the module
site       one sensor: settings, list, resolver, sinkhole and their logs in a directory
ask        DNS questions and answers
browser    Chromium, led step by step
firefox    Firefox, likewise
web        a site that is not ours, with pages that browsers open
squid      a web proxy
workstation  a host with an address of its own, for programs that cannot choose theirs
clock      a time of day that a test sets for the daemons
clients    who calls the sinkhole: an infected host, a person, a browser
report     the indicators of the report, written down a second time by hand
"""

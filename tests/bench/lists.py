# SPDX-License-Identifier: BSD-3-Clause
"""Synthetic lists: always the same names, in no order, none of them a public suffix."""

from rig import NEVER_BLOCK, SINKZONE, client

SINK = "198.51.100.77"  # what the peers answer; ours has its own address in the same network
PREFIX = "198.51.100.0"
LETTERS = "0123456789abcdefghijklmnopqrstuvwxyz"
TOPS = ("com", "net", "org", "info", "ru", "top", "xyz", "biz")
FILLERS = ("", "www-", "cdn", "mail", "update-", "secure-login", "static", "account-verify-")


def base36(number):
    digits = ""
    while number:
        number, rest = divmod(number, 36)
        digits = LETTERS[rest] + digits
    return digits or "0"


def name(number):
    """Two labels mostly, three for one in four, one more for one in 20."""
    mixed = number * 0x9E3779B1 % (1 << 32)  # a permutation: no name comes twice
    host = f"{FILLERS[mixed & 7]}{base36(mixed)}.{TOPS[mixed >> 3 & 7]}"
    if mixed >> 6 & 3 == 0:
        host = f"x{base36(mixed >> 20)}.{host}"
    if number % 20 == 0:
        host = f"a.{host}"
    return host


def write(path, count, first=0):
    with open(path, "w") as file:
        for start in range(first, first + count, 100000):
            end = min(start + 100000, first + count)
            file.write("".join(f"{name(i)}\n" for i in range(start, end)))
    return path


def compile(database, *feeds):
    return client([SINKZONE, "compile", "--quiet", "-o", database, *feeds, "--never-block", NEVER_BLOCK])


def write_rpz(path, names, serial):
    with open(names) as lines, open(path, "w") as zone:
        zone.write(f"$ORIGIN rpz.test.\n$TTL 60\n@ SOA ns. hostmaster. {serial} 60 60 60 60\n@ NS ns.\n")
        for line in lines:
            host = line.rstrip()
            zone.write(f"{host} A {SINK}\n*.{host} A {SINK}\n")
    return path


def write_local_zones(path, names):
    with open(names) as lines, open(path, "w") as config:
        for line in lines:
            host = line.rstrip()
            config.write(f'local-zone: "{host}." redirect\nlocal-data: "{host}. 60 A {SINK}"\n')
    return path

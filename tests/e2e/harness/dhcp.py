# SPDX-License-Identifier: BSD-3-Clause
"""DHCP servers on one end of a cable, and machines that ask them for an address on the other end."""

import ipaddress
import json
import random
import socket
import struct

from harness.daemon import Daemon, run, wait_for

SERVER, ADDRESS = "10.99.0.1", "10.99.0.10"  # a pool of one address: who comes next gets the same one
SERVER_END, CLIENT_END = "dhcp0", "dhcp1"
DISCOVER, OFFER, REQUEST, ACK, RELEASE = 1, 2, 3, 5, 7


def lay_cable():
    run(["ip", "link", "add", SERVER_END, "type", "veth", "peer", "name", CLIENT_END], check=0)
    for end in (SERVER_END, CLIENT_END):
        run(["ip", "link", "set", end, "up"], check=0)
    run(["ip", "address", "add", f"{SERVER}/24", "dev", SERVER_END], check=0)


def take_cable_away():
    run(["ip", "link", "del", SERVER_END], check=0)


def dnsmasq(directory):
    leases = directory / "dnsmasq.leases"
    return leases, Daemon("dnsmasq", [
        "dnsmasq", "--keep-in-foreground", "--conf-file=/dev/null", "--port=0", f"--interface={SERVER_END}",
        f"--dhcp-range={ADDRESS},{ADDRESS},1h", f"--dhcp-leasefile={leases}", "--user=root", "--no-ping",
        "--dhcp-authoritative", "--log-facility=-"], directory)


def kea(directory):
    leases = directory / "kea-leases4.csv"
    settings = directory / "kea.json"
    settings.write_text(json.dumps({"Dhcp4": {
        "interfaces-config": {"interfaces": [SERVER_END]},
        "lease-database": {"type": "memfile", "name": str(leases), "lfc-interval": 0},
        "valid-lifetime": 3600,
        "subnet4": [{"id": 1, "subnet": "10.99.0.0/24", "pools": [{"pool": f"{ADDRESS}-{ADDRESS}"}]}],
        "loggers": [{"name": "kea-dhcp4", "output_options": [{"output": "stdout"}], "severity": "WARN"}]}}))
    return leases, Daemon("kea-dhcp4", ["kea-dhcp4", "-c", settings], directory, expected_status=(0, 1),
                          KEA_PIDFILE_DIR=str(directory), KEA_LOCKFILE_DIR=str(directory),
                          KEA_DHCP_DATA_DIR=str(directory))


class Machine:
    def __init__(self, mac, name):
        self.mac = bytes.fromhex(mac.replace(":", ""))
        self.name = name
        self.transaction = random.getrandbits(32)

    def frame(self, kind, options, has="0.0.0.0"):
        """From 0.0.0.0 always: the kernel drops what comes from an address that is its own."""
        body = struct.pack(">BBBBIHH4s4s4s4s16s192x4s", 1, 1, 6, 0, self.transaction, 0, 0x8000,
                           socket.inet_aton(has), bytes(4), bytes(4), bytes(4), self.mac + bytes(10),
                           b"\x63\x82\x53\x63")
        for code, value in [(53, bytes([kind])), *options]:
            body += bytes([code, len(value)]) + value
        body += b"\xff"
        udp = struct.pack(">HHHH", 68, 67, 8 + len(body), 0) + body
        head = struct.pack(">BBHHHBBH4s4s", 0x45, 0, 20 + len(udp), 0, 0, 64, 17, 0, bytes(4), b"\xff" * 4)
        total = sum(struct.unpack(">10H", head))
        total = (total & 0xffff) + (total >> 16)
        head = head[:10] + struct.pack(">H", ~(total + (total >> 16)) & 0xffff) + head[12:]
        return b"\xff" * 6 + self.mac + b"\x08\x00" + head + udp

    def exchange(self, wire, kind, options, wanted):
        """Sends until the answer of the wanted kind has come: its address."""
        def answer():
            wire.send(self.frame(kind, options))
            while True:
                try:
                    got = wire.recv(2000)
                except TimeoutError:
                    return None
                body = got[14 + (got[14] & 15) * 4 + 8:] if len(got) > 290 and got[12:14] == b"\x08\x00" else b""
                if len(body) > 243 and body[0] == 2 and body[4:8] == struct.pack(">I", self.transaction) and \
                        bytes([53, 1, wanted]) in body[240:]:
                    return str(ipaddress.ip_address(body[16:20]))

        return wait_for(answer, f"an answer of kind {wanted} for {self.name}", 20)

    def get_address(self):
        with wire() as on:
            name = (12, self.name.encode())
            offered = self.exchange(on, DISCOVER, [name], OFFER)
            return self.exchange(on, REQUEST, [name, (50, socket.inet_aton(offered)), (54, socket.inet_aton(SERVER))], ACK)

    def give_back(self):
        with wire() as on:
            on.send(self.frame(RELEASE, [(54, socket.inet_aton(SERVER))], has=ADDRESS))


def wire():
    on = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(0x0800))
    on.bind((CLIENT_END, 0))
    on.settimeout(1)
    return on

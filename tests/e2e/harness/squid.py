# SPDX-License-Identifier: BSD-3-Clause
"""Squid, a web proxy of the network. What may go through it is what Debian's squid.conf allows: plain http, and a tunnel
to port 443."""

import os
import socket

from harness.daemon import Daemon
from harness.paths import RESOLVER

PORT = 3128
CONFIG = """\
http_port {address}:3128
tcp_outgoing_address {address}
udp_outgoing_address {address}
pid_filename none
access_log none
cache_log stdio:/dev/stderr
cache deny all
shutdown_lifetime 0 seconds
dns_nameservers {resolver}
visible_hostname proxy.example
acl localnet src 10.0.0.0/8
acl SSL_ports port 443
acl Safe_ports port 80 443 1025-65535
http_access deny !Safe_ports
http_access deny CONNECT !SSL_ports
{more}http_access allow localnet
http_access deny all
"""


class Squid(Daemon):
    """Listens at address:3128 and calls from that address. more: further lines, before what is allowed."""

    def __init__(self, directory, address, more=""):
        self.address = address
        path = directory / f"squid-{address}.conf"
        path.write_text(CONFIG.format(address=address, resolver=RESOLVER, more=more))
        # Its shared memory is named after the service, and all namespaces share it.
        service = f"ush{os.getpid()}x{address.replace('.', 'x')}"
        super().__init__(f"squid-{address}", ["squid", "-N", "-n", service, "-f", path], directory)
        self.wait_ready(self.listens)

    def listens(self):
        try:
            socket.create_connection((self.address, PORT)).close()
        except ConnectionRefusedError:
            return False
        return True

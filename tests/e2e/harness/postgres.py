# SPDX-License-Identifier: BSD-3-Clause
"""A PostgreSQL of the test's own: a cluster in a temporary directory, run by an unprivileged user, over TCP with TLS."""

import os
import shutil
import signal
import tempfile
from pathlib import Path

from harness import paths
from harness.daemon import Daemon, run, wait_for

ADDRESS = "10.53.0.15"
NAME = "db.example.net"
SCHEMA = paths.SOURCE / "deploy/postgresql/sinkhole.sql"
USER = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", "--"]


def without_numbers(answer):
    """An answer of sinkctl host in which a profile's text stands for its number: no two stores give the same ones."""
    texts = {profile.pop("id"): profile["profile"] for profile in answer["profiles"]}
    for line in answer["timeline"]:
        if "profile" in line:
            line["profile"] = texts[line["profile"]]
    return answer


class Postgres:
    def __init__(self, **settings):
        self.settings = {"fsync": "off", **settings}
        self.programs = max(Path("/usr/lib/postgresql").glob("*/bin"))
        self.directory = Path(tempfile.mkdtemp(prefix="ush-postgres-"))
        self.data = self.directory / "data"
        self.clients = self.directory / "clients"
        self.clients.mkdir()
        self.authority = self.certificates()
        os.chmod(self.directory, 0o755)
        shutil.chown(self.directory, "postgres", "postgres")
        run([*USER, self.programs / "initdb", "-D", self.data, "-A", "scram-sha-256", "-U", "owner", "-N", "-E", "UTF8",
             "--locale=C.UTF-8", f"--pwfile={self.file('owner.pw', 'of-the-owner', 'postgres')}"], check=0)
        (self.data / "pg_hba.conf").write_text("local all owner trust\nlocal all all scram-sha-256\nhostssl all all 10.0.0.0/8 scram-sha-256\n")
        self.starts = 0
        self.start()
        self.sql("CREATE DATABASE sinkhole", database="postgres")
        self.psql("-f", SCHEMA)

    def file(self, name, text, owner="root"):
        path = self.directory / name
        path.write_text(text)
        path.chmod(0o600)
        shutil.chown(path, owner)
        return path

    def certificates(self):
        """The server's, and the authority that signed it."""
        ca, key, request, signed = (self.directory / name for name in ("ca.pem", "server.key", "server.csr", "server.pem"))
        curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
        run(["openssl", "req", "-x509", *curve, "-days", "2", "-subj", "/CN=Test CA", "-keyout", self.directory / "ca.key",
             "-out", ca], check=0)
        run(["openssl", "req", *curve, "-subj", f"/CN={NAME}", "-addext", f"subjectAltName=DNS:{NAME}", "-keyout", key,
             "-out", request], check=0)
        run(["openssl", "x509", "-req", "-in", request, "-CA", ca, "-CAkey", self.directory / "ca.key", "-CAcreateserial",
             "-days", "2", "-copy_extensions", "copy", "-out", signed], check=0)
        for path in (key, signed):
            shutil.chown(path, "postgres")
        key.chmod(0o600)
        return ca

    def start(self):
        self.starts += 1
        words = {"listen_addresses": ADDRESS, "unix_socket_directories": self.directory, "ssl": "on",
                 "ssl_cert_file": self.directory / "server.pem", "ssl_key_file": self.directory / "server.key",
                 "log_min_messages": "fatal", **self.settings}
        options = [word for name, value in words.items() for word in ("-c", f"{name}={value}")]
        self.daemon = Daemon(f"postgres-{self.starts}", [*USER, self.programs / "postgres", "-D", self.data, *options],
                             self.directory)
        self.daemon.wait_ready(lambda: run(["psql", "-h", self.directory, "-U", "owner", "-d", "postgres", "-c", "SELECT 1"])
                               .returncode == 0, 30)

    def kill(self):
        """As a crash does, for all of its processes."""
        self.daemon.expected_status = (-signal.SIGKILL, 2)
        self.daemon.signal(signal.SIGQUIT)
        self.daemon.process.wait(30)

    def stop(self):
        if self.daemon.running():
            self.daemon.signal(signal.SIGINT)
            self.daemon.process.wait(30)
        shutil.rmtree(self.directory)

    def psql(self, *words, database="sinkhole", check=0):
        return run(["psql", "-X", "-qAt", "-v", "ON_ERROR_STOP=1", "-h", self.directory, "-U", "owner", "-d", database, *words],
                   check=check).stdout

    def sql(self, text, **more):
        """As the owner."""
        return self.psql("-c", text, **more)

    def role(self, name, group, here=False):
        """A role with a password, and the URI by which it connects: the password is in a file. here: without TCP and TLS."""
        self.sql(f"CREATE ROLE \"{name}\" LOGIN CONNECTION LIMIT 5 PASSWORD 'of-{name}' IN ROLE {group}")
        passfile = self.file(f"clients/{name}.pgpass", f"*:*:*:*:of-{name}\n")
        if here:
            return f"postgresql://{name}@/sinkhole?host={self.directory}&passfile={passfile}"
        return (f"postgresql://{name}@{NAME}/sinkhole?hostaddr={ADDRESS}&sslrootcert={self.authority}&passfile={passfile}")

    def await_quiet(self):
        """No session but the owner's is left."""
        wait_for(lambda: self.sql("SELECT count(*) FROM pg_stat_activity WHERE usename <> 'owner'") == "0\n", "no session")

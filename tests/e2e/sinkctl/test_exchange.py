# SPDX-License-Identifier: BSD-3-Clause
"""Several sensors' machines send what they saw to PostgreSQL; another machine answers from it as one that read all logs."""

import calendar
import copy
import json
import shutil
import signal
import sqlite3
import subprocess
import time

import pytest
import yaml

from harness import paths
from harness.ask import addresses, ask
from harness.clients import PROFILE, beacon, browse, emdivi
from harness.daemon import environment, run, wait_for
from harness.postgres import SCHEMA, Postgres, without_numbers
from harness.site import SETTINGS, field, whole_lines
from harness.watch import Rows, Watch

HOST = "www.sekisan.biz"
PLANTED = f"http://{HOST}/wp-content/plugins/akismet/state/index.php"
INFECTED, PERSON = paths.client(970), paths.client(971)


@pytest.fixture(scope="module")
def database():
    postgres = Postgres()
    postgres.numbers = iter(range(1, 100))
    yield postgres
    postgres.stop()


@pytest.fixture(scope="module")
def lines(sensor):
    """Lines of a real sensor: (log, event) in their order."""
    sink = addresses(ask(HOST, source=INFECTED))[0]
    ask(HOST, source=PERSON)
    for version in ("20.09", "20.10"):
        beacon(PLANTED, sink, INFECTED, emdivi([("abc", PROFILE.replace("20.09", version))]))
    browse(f"http://{HOST}/", sink, PERSON)
    sensor.await_contacts(3)
    wait_for(lambda: len(sensor.dns_events()) >= 2, "the questions")
    return [(name, json.loads(line)) for name, log in (("dns", sensor.dns_log), ("contacts", sensor.contact_log))
            for line in whole_lines(log)]


class Machine:
    """A machine with logs and settings of its own, and a role in the database."""

    def __init__(self, directory, name, database, group="sinkhole_sensor"):
        self.directory = directory / name
        self.name = f"{name}-{next(database.numbers)}"
        self.directory.mkdir()
        self.path = self.directory / "sinkhole.yaml"
        self.settings = copy.deepcopy(SETTINGS)
        self.settings["sinkhole"]["database"] = self.settings["module"]["database"] = str(self.directory / "none.db")
        self.uri = database.role(self.name, group)
        self.settings["store"]["push-to" if group == "sinkhole_sensor" else "pull-from"] = self.uri
        self.sequence = 0
        self.write()

    def write(self):
        self.path.write_text(yaml.safe_dump(self.settings))

    def log(self, name):
        return self.directory / name / f"{name}.jsonl"

    def see(self, lines, hosts, times=1, observer=None):
        """Each of the lines, `times` times, of each of the hosts: as the sensor of this machine writes them. observer: the name
        that it says, if not its own."""
        for which, event in lines:
            if field(event, "event.dataset") == "sinkhole.state":
                hosts_of = [None]
            else:
                hosts_of = hosts
            self.log(which).parent.mkdir(exist_ok=True)
            with open(self.log(which), "a") as log:
                for host in hosts_of * times:
                    self.sequence += 1
                    copied = json.loads(json.dumps(event))
                    copied["observer"]["name"] = observer or self.name
                    copied["event"]["id"] = f"{self.name}-1-{self.sequence}"
                    if host:
                        copied["source"]["ip"] = host
                    log.write(json.dumps(copied, separators=(",", ":")) + "\n")

    def sinkctl(self, *words, check=0):
        return run([paths.SINKCTL, words[0], "-c", self.path, *words[1:]], check=check)

    def hosts(self):
        return json.loads(self.sinkctl("hosts", "--json").stdout)["hosts"]

    def answer(self, host):
        return without_numbers(json.loads(self.sinkctl("host", host, "--json").stdout))


class All(Machine):
    """One machine that has the logs of all."""

    def __init__(self, directory, machines):
        self.directory = directory / "all"
        self.directory.mkdir()
        self.path = self.directory / "sinkhole.yaml"
        self.settings = copy.deepcopy(SETTINGS)
        self.settings["store"]["logs"] = [{"path": str(machine.log(name)), "writer": name, "observer": machine.name}
                                          for machine in machines for name in ("dns", "contacts")]
        self.write()


@pytest.fixture
def three(tmp_path, database, lines):
    """Two sensors' machines, and the one that is asked."""
    return Machine(tmp_path, "ns1", database), Machine(tmp_path, "ns2", database), \
        Machine(tmp_path, "centre", database, "sinkhole_reader")


@pytest.fixture
def forget(database):
    """Each test begins with an empty database."""
    yield
    database.await_quiet()
    database.sql("SELECT sinkhole.forget(name) FROM sinkhole.origin")


pytestmark = pytest.mark.usefixtures("forget")


def hosts(first, count):
    return [paths.client(number) for number in range(first, first + count)]


def steady(answer):
    """Without what depends on the moment of the question."""
    return {key: value for key, value in answer.items() if key in ("host", "rows", "timeline", "profiles", "rules", "names",
                                                                   "hosts", "claims", "real")}


def assert_same(centre, machines, tmp_path):
    whole = All(tmp_path, machines)
    rows = whole.hosts()
    assert rows and centre.hosts() == rows
    for host in sorted({row["host"] for row in rows})[:3]:
        ours, theirs = whole.answer(host), centre.answer(host)
        assert steady(ours) and steady(ours) == steady(theirs), host
    shutil.rmtree(whole.directory)


def test_the_answer_is_that_of_one_store_that_saw_all(three, lines, tmp_path):
    ns1, ns2, centre = three
    ns1.see(lines, hosts(1, 6), 2)
    ns2.see(lines, hosts(4, 6), 3)  # three of them at both
    for machine in (ns1, ns2):
        machine.sinkctl("ingest")
    assert_same(centre, (ns1, ns2), tmp_path)
    ns2.see(lines, hosts(2, 3))
    ns2.sinkctl("ingest")
    ns2.sinkctl("ingest")  # again: nothing is new
    assert_same(centre, (ns1, ns2), tmp_path)
    with sqlite3.connect(centre.directory / "store.db.all") as store:
        store.execute("PRAGMA user_version = 1")  # of another version of the programs: it is made anew
    assert_same(centre, (ns1, ns2), tmp_path)
    answer = json.loads(centre.sinkctl("hosts", "--json").stdout)
    assert {(s["writer"], s["observer"]) for s in answer["sensors"]} == {
        (writer, machine.name) for machine in (ns1, ns2) for writer in ("dns", "contacts")}


def test_killed_while_it_sends_it_loses_and_doubles_nothing(three, lines, tmp_path):
    ns1, ns2, centre = three
    ns2.see(lines, hosts(1, 30))
    ns2.sinkctl("ingest")
    for ms in (1, 5, 15, 30, 50, 80):
        ns1.see(lines, hosts(20, 40), 2)
        process = subprocess.Popen([paths.SINKCTL, "ingest", "-c", ns1.path], env=environment(), stdout=subprocess.DEVNULL,
                                   stderr=subprocess.DEVNULL)
        try:
            process.wait(ms / 1000)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            process.wait()
    ns1.sinkctl("ingest")
    assert_same(centre, (ns1, ns2), tmp_path)


def test_a_push_whose_arrival_is_not_known_is_not_repeated(three, lines, database, tmp_path):
    """The connection broke, or the machine, after PostgreSQL had it and before it was noted here."""
    ns1, ns2, centre = three
    ns1.see(lines, hosts(1, 5))
    ns2.see(lines, hosts(2, 5))
    ns1.sinkctl("ingest")
    ns2.sinkctl("ingest")
    with sqlite3.connect(ns1.directory / "store.db") as store:
        store.execute("UPDATE push SET number = number - 1")
        store.execute("UPDATE ring SET changed = 1")
    generations = database.sql("SELECT name, generation FROM sinkhole.origin ORDER BY name")
    ns1.see(lines, hosts(3, 1))
    ns1.sinkctl("ingest")
    assert database.sql("SELECT name, generation FROM sinkhole.origin ORDER BY name") == generations
    assert_same(centre, (ns1, ns2), tmp_path)


def test_the_last_answer_stays_while_postgresql_is_down(three, lines, database, tmp_path):
    ns1, ns2, centre = three
    ns1.see(lines, hosts(1, 5))
    ns2.see(lines, hosts(3, 5))
    for machine in (ns1, ns2):
        machine.sinkctl("ingest")
    before = centre.hosts()
    database.kill()
    try:
        ns1.see(lines, hosts(1, 9))
        assert "no connection" in ns1.sinkctl("ingest", check=1).stderr
        assert centre.hosts() == before
        assert "NOT READ: PostgreSQL at db.example.net" in centre.sinkctl("hosts").stdout
        status = json.loads(centre.sinkctl("status", "--json").stdout)
        assert "no connection" in status["pull"]["failure"] and status["pull"]["asked"]
        assert "NOT SENT: PostgreSQL at db.example.net: no connection" in ns1.sinkctl("status").stdout
    finally:
        database.start()
    ns1.sinkctl("ingest")
    assert_same(centre, (ns1, ns2), tmp_path)
    assert "NOT READ" not in centre.sinkctl("hosts").stdout
    assert "NOT SENT" not in ns1.sinkctl("status").stdout
    machines = {m["name"]: m for m in json.loads(centre.sinkctl("status", "--json").stdout)["pull"]["machines"]}
    assert set(machines) == {ns1.name, ns2.name} and all(m["complete"] and m["pushes"] for m in machines.values())
    assert ns1.name in centre.sinkctl("status").stdout.partition("MACHINE ")[2]


def test_a_rebuilt_store_replaces_what_it_sent_before(three, lines, tmp_path):
    ns1, ns2, centre = three
    ns1.see(lines, hosts(1, 5))
    ns2.see(lines, hosts(3, 5))
    for machine in (ns1, ns2):
        machine.sinkctl("ingest")
    assert len({row["host"] for row in centre.hosts()}) == 7
    shutil.rmtree(ns1.log("dns").parent)
    shutil.rmtree(ns1.log("contacts").parent)
    ns1.see(lines, hosts(2, 1))
    ns1.sinkctl("rebuild", "--force")
    ns1.sinkctl("ingest")
    assert {row["host"] for row in centre.hosts()} == set(hosts(2, 6))
    assert_same(centre, (ns1, ns2), tmp_path)


def test_a_store_from_a_backup_sends_all_again(three, lines, tmp_path):
    ns1, ns2, centre = three
    ns1.see(lines, hosts(1, 2))
    ns2.see(lines, hosts(2, 2))
    ns1.sinkctl("ingest")
    ns2.sinkctl("ingest")
    shutil.copy(ns1.directory / "store.db", ns1.directory / "backup")
    ns1.see(lines, hosts(4, 2))
    ns1.sinkctl("ingest")
    for path in ns1.directory.glob("store.db*"):
        path.unlink()
    (ns1.directory / "backup").rename(ns1.directory / "store.db")
    ns1.sinkctl("ingest")
    assert_same(centre, (ns1, ns2), tmp_path)


def test_a_database_that_was_made_anew_is_another_one(three, lines, database, tmp_path):
    """Also when each machine has sent as often as before."""
    ns1, ns2, centre = three
    for machine, first in ((ns1, 1), (ns2, 4)):
        machine.see(lines, hosts(first, 2))
        machine.sinkctl("ingest")
    assert len({row["host"] for row in centre.hosts()}) == 4
    database.await_quiet()
    database.sql("DROP SCHEMA sinkhole CASCADE")
    database.psql("-f", SCHEMA)
    shutil.rmtree(ns1.log("dns").parent)
    shutil.rmtree(ns1.log("contacts").parent)
    ns1.see(lines, hosts(2, 1))
    for machine in (ns1, ns2):
        machine.sinkctl("rebuild", "--force")
        machine.sinkctl("ingest")
    assert_same(centre, (ns1, ns2), tmp_path)


def refusals(machine, *statements):
    """What PostgreSQL says of each of the statements, as this machine."""
    words = [word for statement in statements for word in ("-c", statement)]
    errors = [line for line in run(["psql", "-X", "-d", machine.uri, *words]).stderr.splitlines() if "ERROR:" in line]
    assert len(errors) == len(statements), errors
    return errors


def test_a_sensor_writes_its_own_rows_and_reads_nothing(three, lines):
    ns1, ns2, centre = three
    ns1.see(lines, hosts(1, 1))
    ns1.sinkctl("ingest")
    denied = [f"{verb} FROM sinkhole.{table}" for verb in ("SELECT *", "DELETE")
              for table in ("origin", "observer", "sighting", "profile", "sensor", "run")]
    denied += ["INSERT INTO sinkhole.ring DEFAULT VALUES", f"SELECT sinkhole.forget('{ns1.name}')",
               "SELECT sinkhole.forget_before(1, 100)", f"SELECT sinkhole.allow('{ns2.name}', 1000000000)",
               "SELECT sinkhole.pushed(1, -1000000, 0)"]
    assert all("permission denied" in error for error in refusals(ns2, *denied))
    denied = ("SELECT sinkhole.push_begin('x')", "INSERT INTO sinkhole.sighting DEFAULT VALUES")
    assert all("permission denied" in error for error in refusals(centre, *denied))
    ns1.settings["store"]["push-to"] = centre.uri
    ns1.write()
    ns1.see(lines, hosts(2, 1))
    assert "permission denied" in ns1.sinkctl("ingest", check=1).stderr


def push(table, row, times=1):
    """A push of rows that differ in their number n, by hand; one that failed before it is over."""
    return f"ROLLBACK; BEGIN; SELECT sinkhole.push_begin('g'); SELECT sinkhole.push_{table}(array_agg(ROW({row})::sinkhole.{table}_row)) " \
           f"FROM generate_series(1, {times}) AS n; SELECT sinkhole.push_end(true)"


def sighting(host="192.0.2.1", fact=8, count=1, profile="NULL, NULL, NULL, NULL, NULL", times=1, agent="E'\\033[31m<script>'", first=1,
             last=2):
    return push("sighting", f"'{host}', 'c', 0, {fact}, 0, 'o' || n, 'd', 'dns-sinkhole', 0, '', {agent}, 'r', '', '', '', 0, "
                            f"{first}, {last}, {count}, {profile}", times)


def run_row(observer, start="'s' || n"):
    return push("run", f"{start}, 'dns', {observer}, 1, 2, 2, 1, 2, 'start', 'v', 'b', 1, 0, 1, 0, 'enforce', 0, 1, 1, 1, 1, "
                       "'in-force', '', '', '{}'", 300)


def by_hand(machine, *statements):
    run(["psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", machine.uri, *[w for s in statements for w in ("-c", s + "; COMMIT")]], check=0)


def test_what_a_hostile_sensor_sends_stays_within_bounds(three, lines):
    ns1, ns2, centre = three
    ns1.see(lines, hosts(1, 1))
    ns1.sinkctl("ingest")
    before = centre.hosts()
    moment = f"'{hosts(1, 1)[0]}', 'emdivi', 0, 0, 0, 0, "
    broken = (sighting(count=2**60), sighting(count=-1), sighting(fact=-8), push("moment", moment + "'\\x0102'"),
              push("moment", moment + f"'\\x{'00' * 390}'"), sighting(agent="repeat('x', 1025)"),
              sighting(profile="'f', 'c', '{}', '', repeat('x', 1025)"))
    assert all("violates check" in error for error in refusals(ns2, *broken))
    assert "more than 10000 rows at a time" in refusals(ns2, sighting(times=10001))[0]
    assert centre.hosts() == before
    for statement in (sighting(fact=200, count=2**53), sighting(host="192.0.2.01"), sighting(host=" <b>")):
        by_hand(ns2, statement)
    assert centre.hosts() == before, "neither an unknown fact nor what is no address is a row"
    by_hand(ns2, sighting(count=2**53, times=1100))
    assert [row for row in centre.hosts() if row["host"] != "192.0.2.1"] == before
    for words in (("host", "192.0.2.1"), ("top",), ("status",)):
        assert "\033" not in centre.sinkctl(*words).stdout, words


def nothing(kind):
    """A NULL of a domain that is NOT NULL."""
    return f"(SELECT '0'::sinkhole.{kind} WHERE false)"


def test_a_row_that_lacks_a_value_is_refused(three, lines):
    """It would end each pull of the machine that asks."""
    ns1, ns2, centre = three
    ns1.see(lines, hosts(1, 1))
    ns1.sinkctl("ingest")
    before = centre.hosts()
    number = nothing("number")
    lacking = (sighting(last=number), sighting(agent=nothing("phrase")), push("claim", f"'10.0.0.1', '192.0.2.1', 'c', {number}, 2, 1"),
               push("real", f"'192.0.2.1', 'c', 'n', '', 1, 2, {number}"), push("shown", f"'192.0.2.1', 1, 'AB-12', {number}"),
               push("ring", f"'s', 'dns', 'r', 1, 2, {number}"), run_row("'ns2'").replace("'{}'", nothing("line")))
    errors = refusals(ns2, *lacking)
    assert all("null value in column" in error for error in errors), errors
    assert centre.hosts() == before


def test_times_to_come_hide_nothing_of_what_others_saw(three, lines):
    """They would stand above each later time, and take the places of moments."""
    ns1, ns2, centre = three
    ns1.see(lines, hosts(1, 1))
    ns1.sinkctl("ingest")
    before = centre.hosts()
    def moments():
        with sqlite3.connect(centre.directory / "store.db.all") as store:
            return store.execute("SELECT * FROM moment ORDER BY host, campaign, claimed, fact, drill, part").fetchall()
    kept = moments()
    assert kept
    for host, campaign, claimed, fact, drill, part, times, *_ in kept:
        round_ms = 300_000 * 1009
        ahead = b"".join((int.from_bytes(times[i:i + 6], "big") + 1000 * round_ms).to_bytes(6, "big") for i in range(0, len(times), 6))
        by_hand(ns2, push("moment", f"'{host}', '{campaign}', {claimed}, {fact}, {drill}, {part}, '\\x{ahead.hex()}'"))
        centre.hosts()
    assert moments() == kept and [row for row in centre.hosts() if row["host"] != "192.0.2.1"] == before
    by_hand(ns2, sighting(first=2**50, last=2**50))
    row = {row["host"]: row for row in centre.hosts()}["192.0.2.1"]
    assert time.time() < calendar.timegm(time.strptime(row["last"][:19], "%Y-%m-%dT%H:%M:%S")) < time.time() + 86401


def test_times_to_come_replace_nothing_of_what_others_saw(three):
    ns1, ns2, centre = three
    def statements(last, reference):
        return (sighting(last=last), push("claim", f"'10.0.0.1', '192.0.2.1', 'c', 1, {last}, 1"),
                push("real", f"'192.0.2.1', 'c', 'n', '', 1, {last}, 1"), push("shown", f"'192.0.2.1', 7, '{reference}', {last}"))
    by_hand(ns1, *statements(5, "AAAA-1111"))
    by_hand(ns2, *statements(2**53, "ZZZZ-2222"))
    assert json.loads(centre.sinkctl("host", "AAAA-1111", "--json").stdout)["host"] == "192.0.2.1"
    with sqlite3.connect(centre.directory / "store.db.all") as store:
        for table in ("sighting", "claim", "real"):
            rows = store.execute(f"SELECT first, last, count FROM {table} WHERE host = '192.0.2.1'").fetchall()
            assert rows == [(1, 5, 2)], table


def test_a_machine_that_has_not_sent_all_is_named(three, lines):
    ns1, ns2, centre = three
    ns1.see(lines, hosts(1, 1))
    ns1.sinkctl("ingest")
    assert json.loads(centre.sinkctl("hosts", "--json").stdout)["looking"]
    for is_last in ("false", "true"):
        by_hand(ns2, sighting().replace("push_end(true)", f"push_end({is_last})"))
        answer = json.loads(centre.sinkctl("hosts", "--json").stdout)
        assert answer["looking"] is (is_last == "true")
        assert (f"NOT READ: {ns2.name}: this machine has not sent all" in centre.sinkctl("hosts").stdout) is (is_last == "false")


def test_a_sensor_cannot_hold_up_another_one(three, lines, database, tmp_path):
    """It leaves a push open that has the same profile."""
    ns1, ns2, centre = three
    ns2.see(lines, hosts(1, 1))
    ns2.sinkctl("ingest")
    profile = database.sql("SELECT concat_ws(',', quote_literal(family), quote_literal(channel), quote_literal(details),"
                           " quote_literal(fields), quote_literal(text)) FROM sinkhole.profile LIMIT 1").strip()
    database.sql(f"SELECT sinkhole.forget('{ns2.name}'); DELETE FROM sinkhole.profile")
    with subprocess.Popen(["psql", "-X", "-qAt", "-d", ns2.uri], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
        holder.stdin.write(sighting(profile=profile) + ";\n\\echo held\n")
        holder.stdin.flush()
        while holder.stdout.readline() != "held\n":
            assert holder.poll() is None
        ns1.see(lines, hosts(1, 2))
        ns1.sinkctl("ingest")
        assert_same(centre, (ns1,), tmp_path)
        holder.stdin.close()


def test_a_sensor_cannot_speak_for_another_one(three, lines):
    """What it sends under the other one's name does not make that one look alive."""
    ns1, ns2, centre = three
    ns1.see(lines, hosts(1, 1))
    ns1.sinkctl("ingest")
    ns2.see(lines, hosts(1, 1), observer=ns1.name)
    ns2.sinkctl("ingest")
    sensors = {(s["writer"], s["observer"]) for s in json.loads(centre.sinkctl("hosts", "--json").stdout)["sensors"]}
    assert sensors == {(writer, name) for writer in ("dns", "contacts") for name in (ns1.name, f"{ns1.name} ({ns2.name})")}


def test_nobody_waits_for_a_sensor_of_the_same_name(three, lines):
    """ns2 has a push under way with the name of ns1's sensor before ns1 has sent anything."""
    ns1, ns2, centre = three
    ns1.see(lines, hosts(1, 1))
    with subprocess.Popen(["psql", "-X", "-qAt", "-d", ns2.uri], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
        holder.stdin.write(run_row(f"'{ns1.name}'") + ";\n\\echo held\n")
        holder.stdin.flush()
        while holder.stdout.readline() != "held\n":
            assert holder.poll() is None
        ns1.sinkctl("ingest")
        assert (("dns", ns1.name) in {(s["writer"], s["observer"])
                                      for s in json.loads(centre.sinkctl("hosts", "--json").stdout)["sensors"]})
        holder.stdin.close()


def test_nothing_is_left_of_a_machine_that_is_forgotten_while_it_sends(three, database):
    _, ns2, _ = three
    by_hand(ns2, sighting())
    with subprocess.Popen(["psql", "-X", "-qAt", "-d", ns2.uri], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
        holder.stdin.write(sighting(times=5) + ";\n\\echo held\n")
        holder.stdin.flush()
        while holder.stdout.readline() != "held\n":
            assert holder.poll() is None
        with subprocess.Popen(["psql", "-X", "-qAt", "-h", database.directory, "-U", "owner", "-d", "sinkhole", "-c",
                               f"SELECT sinkhole.forget('{ns2.name}')"], stdout=subprocess.DEVNULL) as owner:
            wait_for(lambda: database.sql("SELECT count(*) FROM pg_stat_activity WHERE usename = 'owner' AND wait_event_type"
                                          " = 'Lock'") == "1\n", "that the owner waits")
            holder.stdin.write("COMMIT;\n")
            holder.stdin.close()
            assert owner.wait(30) == 0
    assert database.sql("SELECT (SELECT count(*) FROM sinkhole.origin), (SELECT count(*) FROM sinkhole.sighting)") == "0|0\n"


def rows_of(database, machine):
    """What is counted, and what is there."""
    return database.sql("SELECT rows, sinkhole.rows_of(origin), refused FROM sinkhole.origin WHERE name = "
                        f"'{machine.name}'").strip().split("|")


def test_a_sensor_fills_no_more_than_its_quota(three, lines, database):
    """And harms none but itself: what others send comes, and what it sent before is kept up to date."""
    ns1, ns2, centre = three
    by_hand(ns2, sighting())
    centre.hosts()
    database.sql(f"SELECT sinkhole.allow('{ns2.name}', 500)")
    for first in range(0, 2000, 400):
        by_hand(ns2, sighting(host="192.0.2.1", times=400).replace("'o' || n", f"'o' || (n + {first})"))
        kept, there, refused = map(int, rows_of(database, ns2))
        assert kept == there <= 500
    assert refused >= 1500
    before = kept
    ns1.see(lines, hosts(1, 4))
    ns1.sinkctl("ingest")
    by_hand(ns2, sighting(host="192.0.2.1", count=7, times=400))
    assert int(rows_of(database, ns2)[0]) == before
    answer = json.loads(centre.sinkctl("hosts", "--json").stdout)
    rows = {row["host"]: row for row in answer["hosts"]}
    assert set(hosts(1, 4)) < set(rows) and not answer["looking"]
    assert rows["192.0.2.1"]["dns"] + rows["192.0.2.1"]["hit"] == 7 * 400
    text = centre.sinkctl("hosts").stdout
    assert f"NOT READ: {ns2.name}: this machine has {before} rows in PostgreSQL, as many as it may" in " ".join(text.split())
    machine = {m["name"]: m for m in json.loads(centre.sinkctl("status", "--json").stdout)["pull"]["machines"]}[ns2.name]
    assert machine["rows"] == before and machine["refused"] >= 1500


def test_what_a_full_machine_sees_comes_when_it_may_have_more(three, lines, database, tmp_path):
    ns1, ns2, centre = three
    ns1.see(lines, hosts(1, 3))
    ns1.sinkctl("ingest")
    database.sql(f"SELECT sinkhole.allow('{ns1.name}', {rows_of(database, ns1)[0]})")
    ns1.see(lines, hosts(2, 6))
    ns2.see(lines, hosts(1, 2))
    ns2.sinkctl("ingest")
    assert "has no room for more rows of this machine" in ns1.sinkctl("ingest", check=1).stderr
    assert "NOT SENT: PostgreSQL has no room" in ns1.sinkctl("status").stdout
    assert {row["host"] for row in centre.hosts()} == set(hosts(1, 3))
    looking = {(s["observer"], s["last"]) for s in json.loads(centre.sinkctl("status", "--json").stdout)["sensors"]}
    database.sql(f"SELECT sinkhole.allow('{ns1.name}', 1000000)")
    assert f"NOT READ: {ns1.name}: this machine has not sent all" in centre.sinkctl("hosts").stdout
    ns1.see(lines, hosts(3, 1))
    ns1.sinkctl("ingest")
    assert_same(centre, (ns1, ns2), tmp_path)
    assert looking and "NOT SENT" not in ns1.sinkctl("status").stdout and "NOT READ" not in centre.sinkctl("hosts").stdout


def test_a_rebuilt_store_of_a_full_machine_finds_room(three, lines, database, tmp_path):
    """What it no longer has made room for what was refused meanwhile."""
    ns1, ns2, centre = three
    ns1.see(lines, hosts(1, 5))
    ns1.sinkctl("ingest")
    database.sql(f"SELECT sinkhole.allow('{ns1.name}', {rows_of(database, ns1)[0]})")
    shutil.rmtree(ns1.log("dns").parent)
    shutil.rmtree(ns1.log("contacts").parent)
    ns1.see(lines, hosts(6, 3))
    ns1.sinkctl("rebuild", "--force")
    ns1.sinkctl("ingest", check=1)
    ns1.see(lines, hosts(7, 1))
    ns1.sinkctl("ingest")
    assert rows_of(database, ns1)[2] == "0"
    assert_same(centre, (ns1,), tmp_path)


def test_sensors_that_a_machine_makes_up_crowd_out_none(three, lines, database):
    ns1, ns2, centre = three
    ns1.see(lines, hosts(1, 1))
    ns1.sinkctl("ingest")
    for first in range(3):
        by_hand(ns2, run_row(f"'made-up-' || ({first} * 300 + n)", f"'s' || ({first} * 300 + n)"))
    sensors = {s["observer"] for s in json.loads(centre.sinkctl("hosts", "--json").stdout)["sensors"]}
    assert ns1.name in sensors and len(sensors) == 201
    assert rows_of(database, ns2) == ["200", "200", "700"]


def test_the_longest_texts_of_a_log_go_through(three, lines, database, tmp_path):
    ns1, _, centre = three
    long = copy.deepcopy(lines)
    for which, event in long:
        for path in ("url.path", "user_agent.original", "dns.question.name", "rule.id", "rule.name", "sinkhole.page"):
            first, _, second = path.partition(".")
            if first in event:
                event[first][second] = '\\"\n\t{,}€' * 700
        event.get("sinkhole", {}).get("beacon", {})["profile"] = "'\"" * 900
    ns1.see(long, hosts(1, 2))
    ns1.see(lines, hosts(1, 2))
    ns1.sinkctl("ingest")
    assert_same(centre, (ns1,), tmp_path)


def test_a_push_takes_no_number_of_the_machines(three, database):
    """They would come to an end for all."""
    ns1, _, _ = three
    numbers = []
    for _ in range(2):
        by_hand(ns1, sighting())
        numbers.append(database.sql("SELECT last_value FROM pg_sequences WHERE schemaname = 'sinkhole'"))
    assert numbers[0] == numbers[1] != "\n"


def test_another_sinkhole_sql_is_named(three, lines, database):
    ns1, _, _ = three
    ns1.see(lines, hosts(1, 1))
    database.sql("ALTER FUNCTION sinkhole.push_end(boolean) RENAME TO push_over")
    try:
        assert "made with another sinkhole.sql than this version's: function sinkhole.push_end" in ns1.sinkctl("ingest", check=1).stderr
    finally:
        database.sql("ALTER FUNCTION sinkhole.push_over(boolean) RENAME TO push_end")
    ns1.sinkctl("ingest")


def test_a_server_must_prove_its_name(three, lines, database, tmp_path):
    ns1, _, _ = three
    ns1.see(lines, hosts(1, 1))
    other = run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
                 "-subj", "/CN=Other", "-keyout", tmp_path / "other.key", "-out", tmp_path / "other.pem"], check=0)
    assert other.returncode == 0
    for uri, text in ((ns1.uri.replace(str(database.authority), str(tmp_path / "other.pem")), "certificate verify failed"),
                      (ns1.uri.replace("db.example.net", "db.example.org"), "does not match host name"),
                      (ns1.uri + "&sslmode=require", "sslmode must be verify-full"),
                      ("postgresql://ns1@localhost.example.net/?sslmode=require", "sslmode must be verify-full")):
        ns1.settings["store"]["push-to"] = uri
        ns1.write()
        assert text in ns1.sinkctl("ingest", check=1).stderr
    ns1.settings["store"]["push-to"] = "postgresql:///sinkhole?sslmode=require"
    ns1.write()
    ingest = run([paths.SINKCTL, "ingest", "-c", ns1.path], check=1, PGHOST="db.example.net")
    assert "sslmode must be verify-full" in ingest.stderr


def test_sinkwatch_sends_and_shows_by_itself(three, lines, tmp_path):
    ns1, ns2, centre = three
    centre.settings["store"]["push-to"] = ns1.uri  # its own logs, too
    centre.write()
    ns2.see(lines, hosts(1, 2))
    ns2.sinkctl("ingest")
    centre.see(lines, hosts(7, 1))
    with Watch(centre) as watch:
        watch.await_hosts(lambda rows: set(rows) == {*hosts(1, 2), *hosts(7, 1)}, "what ns2 and the machine itself saw")
        ns2.see(lines, hosts(8, 1))
        ns2.sinkctl("ingest")
        watch.await_hosts(lambda rows: len(rows) == 4, "what ns2 sent later")
        rows = [row[0] for row in Rows(watch.page("/sensors")).rows]
        assert {ns1.name, ns2.name} <= set(rows)

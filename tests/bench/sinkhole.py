# SPDX-License-Identifier: BSD-3-Clause
"""Part sinkhole: sinkholed against nginx, by requests per second of server CPU."""

import re
import resource
import subprocess
import time
import urllib.request
from pathlib import Path

import lists
from resolvers import lines_of
from rig import CLIENT_CORE, SINKHOLED, Missing, client, column, pairs, pinned, program, ratios, show, tool, turns

ADDRESS = "10.83.0.1"
OURS, WEB, STREAM = 8080, 8081, 8082
METRICS = "127.0.0.1:9153"
STREAM_MODULE = Path("/usr/lib/nginx/modules/ngx_stream_module.so")
SOURCES = 200
FIELDS = ('{"time":"$time_iso8601","source":"$remote_addr","port":"$remote_port"%s}')


def start_ours(rig, host, *before, connections=100000, datagrams=False):
    """before: the words that start it, if it is not to be started as it is. Returns it and its log, which is new."""
    (rig.directory / "site.txt").write_text(host + "\n")
    lists.compile(rig.directory / "site.db", rig.directory / "site.txt")
    log = rig.directory / "contacts/contacts.jsonl"
    log.parent.mkdir(exist_ok=True)
    log.unlink(missing_ok=True)
    settings = rig.directory / "site.yaml"
    settings.write_text(
        f"""observer: bench
sinkhole:
  database: {rig.directory}/site.db
  event-log: {log}
  metrics: {METRICS}
  listen:
    - {{address: {ADDRESS}, tcp: [{OURS}]{f", udp: [{OURS}]" if datagrams else ""}}}
  max-connections: {connections}
  max-connections-per-host: 1000
  max-events: 10000000
  max-events-per-host: 10000000
  max-bytes: 4000000000
  max-bytes-per-host: 4000000000
  idle-timeout: 600
  request-timeout: 600
"""
    )
    return rig.start("sinkholed", [*before, SINKHOLED, "-c", settings]), log


def metrics():
    """Its counters by name."""
    with urllib.request.urlopen(f"http://{METRICS}/metrics", timeout=60) as answer:
        lines = answer.read().decode().splitlines()
    pairs_of = (line.split() for line in lines if not line.startswith("#"))
    return {words[0].removeprefix("unbound_sinkhole_"): int(words[-1]) for words in pairs_of}


def start_nginx(rig, name, block, modules="", connections=40000):
    config = rig.directory / f"{name}.conf"
    config.write_text(
        f"{modules}daemon off;\nuser root;\nworker_processes 1;\nworker_rlimit_nofile {connections + 10000};\n"
        f"pid {rig.directory}/{name}.pid;\nerror_log stderr crit;\nevents {{ worker_connections {connections}; }}\n{block}\n"
    )
    return rig.start(name, [tool("nginx"), "-e", "stderr", "-p", rig.directory, "-c", config])


def start_web(rig, connections=40000):
    log = rig.directory / "web.log"
    fields = FIELDS % (',"host":"$host","method":"$request_method","uri":"$request_uri","status":"$status",'
                       '"agent":"$http_user_agent","referer":"$http_referer"')
    daemon = start_nginx(rig, "web", f"""http {{
  log_format j escape=json '{fields}';
  access_log {log} j buffer=64k flush=1s;
  keepalive_requests 1000000000;
  keepalive_timeout 600;
  client_header_timeout 600;
  server {{ listen {ADDRESS}:{WEB} backlog=4096; location / {{ return 200 ""; }} }}
}}""", connections=connections)
    return daemon, log


def start_stream(rig):
    if not STREAM_MODULE.exists():
        raise Missing("no libnginx-mod-stream")
    log = rig.directory / "stream.log"
    fields = FIELDS % ',"sni":"$ssl_preread_server_name","alpn":"$ssl_preread_alpn_protocols"'
    daemon = start_nginx(rig, "stream", f"""stream {{
  log_format j escape=json '{fields}';
  access_log {log} j buffer=64k flush=1s;
  server {{ listen {ADDRESS}:{STREAM} backlog=4096; ssl_preread on; return ""; }}
}}""", f"load_module {STREAM_MODULE};\n")
    return daemon, log


def keep_alive(port, host, seconds):
    url = f"http://{ADDRESS}:{port}/x?id=1"
    text = client([tool("wrk"), "-t1", "-c32", f"-d{seconds}", "-H", f"Host: {host}", url])
    errors = re.search(r"Non-2xx.*|Socket errors.*", text)
    if errors:
        raise Missing(f"wrk against port {port}: {errors[0]}")
    return int(re.search(r"(\d+) requests in", text)[1])


def by_connection(kind):
    def load(port, host, seconds):
        found = pairs(client([program("connect"), kind, ADDRESS, port, seconds, 32, SOURCES, host]))
        if found["bad"] > found["ok"] / 1000:
            raise Missing(f"{found['bad']:.0f} of {found['ok']:.0f} connections to port {port} failed")
        return found["ok"]

    return load


def one_round(daemon, log, load, port, host, seconds):
    """Requests a second, per second of server CPU, and log lines a request."""
    with open(log, "a") as file:
        file.truncate(0)
    before, began = daemon.cpu(), time.monotonic()
    done = load(port, host, seconds)
    took = time.monotonic() - began
    time.sleep(1.2)  # both write what they held back within a second
    return done / took, done / (daemon.cpu() - before), lines_of(log) / done


def compare(rig, title, systems, load, host, rounds=5):
    """systems: {name: (daemon, log, port)}, ours first."""
    found = {name: [] for name in systems}
    rounds = rig.choose(rounds, 2)
    for number in range(rounds + 1):
        for name in turns(number, list(systems)):
            daemon, log, port = systems[name]
            result = one_round(daemon, log, load, port, host, rig.choose(3, 1))
            if number > 0:
                found[name].append(result)
    ours, peer = systems
    for text, index in ((f"{title} per server CPU second, against {peer}", 1),
                        ("the same by the clock (one client core)", 0)):
        here, there = (column(found[name], index) for name in (ours, peer))
        yield (text, show(here, "{:,.0f}"), show(there, "{:,.0f}"), show(ratios(here, there)), str(rounds))
    here, there = (show(column(found[name], 2), "{:.3f}") for name in (ours, peer))
    yield ("log lines a request", here, there, "", str(rounds))


def idle_memory(daemon, port, host, count, state):
    """Bytes of server memory that each of `count` open connections adds."""
    before = daemon.memory()
    process = subprocess.Popen(
        [str(w) for w in (program("connect"), "idle", ADDRESS, port, count, SOURCES, host, state)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        preexec_fn=pinned(CLIENT_CORE),
    )
    try:
        said = process.stdout.readline().strip()
        time.sleep(0.5)
        added = (daemon.memory() - before) / count
    finally:
        process.stdin.close()
        errors = process.stderr.read()
        process.wait(120)
    if said != "open":
        raise Missing(f"{count} idle connections to port {port}: {errors.strip()}")
    return added


def measure_idle(rig, host):
    """Each in a server just started, so that nothing is served from memory that was used before."""
    for count in rig.choose((10000, 100000), (2000,)):
        if may_open(count + 1000):
            yield from compare_idle(rig, host, count)
        else:
            yield (f"memory of {count:,} idle connections", "not measured: no process may open so many files here", "", "", "")


def may_open(files):
    """Sees to it, for whatever is started from now on."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, files), max(hard, files)))
    except (ValueError, OSError):
        return hard >= files
    return True


def compare_idle(rig, host, count):
    for state, text in (("silent", "that never sent a byte"), ("asked", "kept alive after a request")):
        found = {}
        room = max(count + 10000, 40000)
        for name, port in (("ours", OURS), ("nginx", WEB)):
            daemon, _ = start_ours(rig, host, connections=room) if name == "ours" else start_web(rig, connections=room)
            # What it takes once and for all, such as the four megabytes that events wait in, is no connection's.
            client([program("connect"), "request", ADDRESS, port, 2, 4, SOURCES, host])
            found[name] = idle_memory(daemon, port, host, count, state)
            rig.stop(daemon)
        yield (f"memory per idle connection {text} ({count:,} of them), against nginx", f"{found['ours']:.0f} B",
               f"{found['nginx']:.0f} B", f"{found['ours'] / found['nginx']:.2f}", "1")


def await_port(port, host):
    end = time.monotonic() + 20
    kind = "hello" if port == STREAM else "request"
    while True:
        try:
            return client([program("connect"), kind, ADDRESS, port, 0.1, 1, 1, host])
        except Missing:
            if time.monotonic() > end:
                raise
        time.sleep(0.1)


def measure(rig):
    host = "www.c2-of-the-bench.com"
    ours, ours_log = start_ours(rig, host)
    web, web_log = start_web(rig)
    systems = {"ours": (ours, ours_log, OURS), "nginx": (web, web_log, WEB)}
    for _, _, port in systems.values():
        await_port(port, host)
    yield from compare(rig, "HTTP requests, keep-alive,", systems, keep_alive, host)
    yield from compare(rig, "HTTP requests, a connection each,", systems, by_connection("request"), host)
    rig.stop(web)
    stream, stream_log = start_stream(rig)
    await_port(STREAM, host)
    systems = {"ours": (ours, ours_log, OURS), "nginx ssl_preread": (stream, stream_log, STREAM)}
    yield from compare(rig, "ClientHellos", systems, by_connection("hello"), host, 20)
    rig.stop(ours, stream)
    yield from measure_idle(rig, host)

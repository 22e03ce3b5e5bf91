# SPDX-License-Identifier: BSD-3-Clause
"""sinkctl metrics: what all sensors counted, as Prometheus and its own checks read it; and the dashboard's queries."""

import json
import re
import urllib.parse

import pytest
import yaml

from harness import paths
from harness.ask import addresses, ask
from harness.clients import curl
from harness.daemon import Daemon, listening, run, wait_for

HOST = paths.client(980)
LISTED = "www.kaerunote.com"
PREFIX = "unbound_sinkhole_"
OF_SENSORS = PREFIX + "sensor_"
SAMPLE = re.compile(r'(?P<name>\w+)(?:\{(?P<labels>.*)\})? (?P<value>[0-9.e+-]+)')
LABEL = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)",?')
# Beside what a sensor counts itself.
PROPERTIES = {"info", "looking", "last_timestamp_seconds", "last_event_timestamp_seconds", "start_timestamp_seconds",
              "state_timestamp_seconds", "events_total", "missing_events_total", "list_in_force", "list_refused",
              "settings_refused", "list_serial", "list_built_timestamp_seconds", "list_rules", "clock_synchronised",
              "clock_offset_seconds"}
DASHBOARD = json.loads((paths.SOURCE / "deploy/grafana/unbound-sinkhole.json").read_text())
PROMETHEUS = "http://10.53.0.3:9090"


def samples(text):
    """(name, labels, value) of each."""
    found = []
    for line in text.splitlines():
        if not line.startswith("#"):
            match = SAMPLE.fullmatch(line)
            assert match, line
            found.append((match["name"], dict(LABEL.findall(match["labels"] or "")), float(match["value"])))
    return found


def values(site, name, **labels):
    return [value for found, given, value in samples(site.sinkctl("metrics"))
            if found == PREFIX + name and labels.items() <= given.items()]


def visit(sensor):
    sink = addresses(ask(LISTED, source=HOST))[0]
    curl(f"http://{LISTED}/", sink, HOST)
    sensor.await_dns(source=HOST)
    sensor.await_contacts(source=HOST)


@pytest.fixture(scope="module")
def visited(sensor):
    visit(sensor)
    return sensor


def queries():
    found = [target["expr"] for panel in DASHBOARD["panels"] for target in panel["targets"]]
    variables = {v["name"] for v in DASHBOARD["templating"]["list"]}
    assert len(found) > 15 and variables == {"datasource", "observer"}
    return [expr.replace("$__rate_interval", "1m").replace("$observer", ".*") for expr in found]


def test_each_query_of_the_dashboard_finds_something(visited, tmp_path):
    """A real Prometheus scrapes what sinkctl wrote."""
    visited.sinkctl("metrics", "--output", tmp_path / "metrics")
    config = {"global": {"scrape_interval": "1s"},
              "scrape_configs": [{"job_name": "sinkhole", "static_configs": [{"targets": ["10.53.0.3:9100"]}]}]}
    (tmp_path / "prometheus.yml").write_text(yaml.safe_dump(config))
    exporter = Daemon("exporter", ["/usr/bin/python3", "-m", "http.server", "-b", "10.53.0.3", "-d", tmp_path, "9100"], tmp_path,
                      expected_status=(-15,))
    prometheus = Daemon("prometheus", ["/usr/bin/prometheus", f"--config.file={tmp_path}/prometheus.yml",
                                       f"--storage.tsdb.path={tmp_path}/data", "--web.listen-address=10.53.0.3:9090"], tmp_path)

    def result(expr):
        answer = json.loads(run(["curl", "-sg", f"{PROMETHEUS}/api/v1/query?query={urllib.parse.quote(expr)}"]).stdout)
        assert answer["status"] == "success", (expr, answer)
        return answer["data"]["result"]

    try:
        exporter.wait_ready(lambda: listening(9100))
        prometheus.wait_ready(lambda: listening(9090))
        for expr in queries():
            wait_for(lambda expr=expr: result(expr), f"an answer to {expr}", 20)
        rules = re.search(r"```yaml\n(groups:.*?)```", (paths.SOURCE / "docs/monitoring.md").read_text(), re.S)[1]
        (tmp_path / "rules.yml").write_text(rules)
        run(["promtool", "check", "rules", tmp_path / "rules.yml"], check=0)
        known = {name for name, _, _ in samples(visited.sinkctl("metrics"))}
        known.add(PREFIX + "feed_good")  # only where the settings have feeds: tests/e2e/zones/test_update.py
        for expr in [rules] + queries() + [v["definition"] for v in DASHBOARD["templating"]["list"] if "definition" in v]:
            assert set(re.findall(rf"{PREFIX}\w+", expr)) <= known
    finally:
        prometheus.stop()
        exporter.stop()


def test_promtool_finds_nothing_to_complain_about(visited):
    result = run(["promtool", "check", "metrics"], input=visited.sinkctl("metrics"), check=0)
    assert result.stdout + result.stderr == ""


def test_every_figure_of_a_state_line_is_a_metric(visited):
    found = samples(visited.sinkctl("metrics"))
    for sensor in json.loads(visited.sinkctl("status", "--json"))["sensors"]:
        exported = [name for name, labels, _ in found if labels.get("writer") == sensor["writer"]
                    and name.removeprefix(OF_SENSORS) not in PROPERTIES]
        assert len(exported) == len(sensor["counters"]), (exported, sensor["counters"])


def test_a_name_cannot_leave_its_label(site):
    site.settings["observer"] = 'a"} 1\n# \\'
    site.write().compile()
    site.resolver(address=paths.PEER)
    wait_for(lambda: values(site, "sensor_looking", writer="dns") == [1], "the module's first line")
    text = site.sinkctl("metrics")
    run(["promtool", "check", "metrics"], input=text, check=0)
    assert {labels["observer"] for name, labels, _ in samples(text) if labels.get("writer") == "dns"} == {r'a\"} 1\n# \\'}


def test_the_file_is_replaced_whole_and_readable_for_the_exporter(visited, tmp_path):
    target = tmp_path / "sinkhole.prom"
    assert visited.sinkctl("metrics", "--output", target) == ""
    assert target.stat().st_mode & 0o777 == 0o644
    first = target.stat().st_ino
    visited.sinkctl("metrics", "-o", target)
    assert target.stat().st_ino != first and samples(target.read_text())
    assert [path.name for path in tmp_path.iterdir()] == ["sinkhole.prom"]
    result = run([paths.SINKCTL, "metrics", "-c", visited.path, "-o", tmp_path / "no/such.prom"], check=1)
    assert "no/such.prom: cannot make a temporary file beside it" in result.stderr
    service = (paths.SOURCE / "deploy/systemd/sinkctl-metrics.service").read_text()
    assert re.search(r"^ExecStart=/usr/bin/sinkctl metrics --output (\S+)/[\w-]+\.prom$", service, re.M)[1] == \
        "/var/lib/" + re.search(r"^StateDirectory=(.*)$", service, re.M)[1]


def test_figures_of_module_and_sinkhole(visited):
    wait_for(lambda: values(visited, "sensor_replies_total", action="sinkhole") == [1], "the module's count", 20)
    wait_for(lambda: values(visited, "sensor_contacts_total") == [1], "the sinkhole's count", 20)
    assert values(visited, "sensor_looking") == [1, 1]
    assert values(visited, "sensor_events_total", writer="dns", observer="e2e") == [1]
    assert values(visited, "sensor_missing_events_total") == values(visited, "sensor_log_lost_total") == [0, 0]
    assert values(visited, "sensor_info", mode="enforce", health="alive", writer="dns") == [1]
    assert values(visited, "unread_logs") == [0]
    assert values(visited, "hosts", call="INFECTED") == [0]
    assert sum(values(visited, "hosts")) == 1
    serial = json.loads(visited.sinkctl("status", "--json"))["sensors"][0]["list"]["serial"]
    assert values(visited, "sensor_list_serial") == [serial, serial]


def test_the_munin_plugin_has_the_same_figures(visited, tmp_path):
    """Of each graph the fields that it draws have a value; a label is read to its end."""
    file = tmp_path / "sinkhole.prom"
    visited.sinkctl("metrics", "--output", file)

    def graphs(*words):
        text = run(["env", f"file={file}", paths.SOURCE / "deploy/munin/unbound_sinkhole", *words], check=0).stdout
        return {graph.split("\n")[0]: graph for graph in text.split("multigraph unbound_sinkhole_")[1:]}

    drawn, values_of = graphs("config"), graphs()
    assert drawn.keys() == values_of.keys() == {"hosts", "replies", "lost"}
    for name, text in drawn.items():
        assert re.findall(r"^(\w+)\.label \1$", text, re.M) == re.findall(r"^(\w+)\.value \d+$", values_of[name], re.M) != []
    for graph, metric, label in [("hosts", "hosts", "call"), ("replies", "sensor_replies_total", "action")]:
        known = {labels[label]: value for name, labels, value in samples(file.read_text()) if name == PREFIX + metric}
        assert {field: int(value) for field, value in re.findall(r"^(\w+)\.value (\d+)$", values_of[graph], re.M)} == known

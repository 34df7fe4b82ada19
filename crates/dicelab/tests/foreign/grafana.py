"""Grafana's clients for Python: the foundation SDK builds a dashboard with every kind of panel, in the classic and in the second
schema, and grafana-client creates, reads, changes and deletes it, a folder, an annotation and a snapshot.

The argument is the address of port 3000; the second one, `keep`, leaves everything there. What was found is printed as JSON."""

import importlib
import json
import sys

from grafana_client import GrafanaApi, TokenAuth
from grafana_client.client import GrafanaClientError
from grafana_foundation_sdk.builders import dashboard, dashboardv2, dashboardv2beta1, loki, prometheus
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models.dashboard import DataSourceRef

KINDS = (
    "annotationslist barchart bargauge candlestick canvas dashboardlist datagrid debug gauge geomap heatmap histogram logs news "
    "nodegraph piechart stat statetimeline statushistory table text timeseries trend xychart"
).split()
GROUP = "/apis/dashboard.grafana.app"


def plain(built):
    """What the SDK built, as its own JSON."""
    return json.loads(JSONEncoder(sort_keys=True).encode(built.build()))


def panels(name):
    """The builders of every kind of panel."""
    for kind in KINDS:
        module = importlib.import_module(f"grafana_foundation_sdk.builders.{kind}")
        yield kind, getattr(module, name)()


def expression(kind):
    return '{service_name=~".+"}' if kind == "logs" else "sum by (job) (up)"


def classic():
    board = dashboard.Dashboard("SDK, every panel").uid("sdk-every").tags(["sdk"]).refresh("10s").time("now-15m", "now")
    for kind, panel in panels("Panel"):
        store, query = ("loki", loki.Dataquery()) if kind == "logs" else ("prometheus", prometheus.Dataquery())
        source = DataSourceRef(type_val=store, uid=store)
        panel = panel.title(f"As {kind}").datasource(source).with_target(query.expr(expression(kind)).ref_id("A"))
        board = board.with_panel(panel.span(8).height(6))
    return plain(board)


def second(schema, visualization):
    board = schema.Dashboard("SDK, every panel again").tags(["sdk"])
    layout = schema.Grid()
    for at, (kind, shown) in enumerate(panels(visualization)):
        query = loki.QueryV2() if kind == "logs" else prometheus.QueryV2()
        if visualization == "Visualization":
            query = loki.Query() if kind == "logs" else prometheus.Query()
        target = schema.Target().ref_id("A").query(query.expr(expression(kind)))
        panel = schema.Panel().id(at + 1).title(f"As {kind}").data(schema.QueryGroup().target(target)).visualization(shown)
        board = board.element(kind, panel)
        layout = layout.item(schema.GridItem().name(kind).x(at % 3 * 8).y(at // 3 * 6).width(8).height(6))
    return plain(board.layout(layout))


def refused(status, call):
    try:
        call()
    except GrafanaClientError as error:
        assert error.status_code == status, (status, error)
    else:
        raise AssertionError(f"it was not refused with {status}")


def walk(api, said):
    """Creates everything, and reads and changes it."""
    folder = api.folder.create_folder("Of Python", uid="python")
    said["folder"] = api.folder.update_folder("python", "Of Python, changed", version=folder["version"])["title"]
    refused(412, lambda: api.folder.update_folder("python", "Stale", version=folder["version"]))
    inner = api.folder.create_folder("Inner", uid="python-inner", parent_uid="python")
    said["parent"] = inner["parentUid"]

    board = classic()
    said["asked"] = [(panel["title"], panel["type"]) for panel in board["panels"]]
    saved = api.dashboard.update_dashboard({"dashboard": board, "folderUid": "python", "message": "by the SDK"})
    said["version"] = saved["version"]
    stale = {**board, "version": 7}
    refused(412, lambda: api.dashboard.update_dashboard({"dashboard": stale, "folderUid": "python"}))
    read = api.dashboard.get_dashboard("sdk-every")
    said["read"] = [(panel["title"], panel["type"]) for panel in read["dashboard"]["panels"]]
    said["found"] = [hit["uid"] for hit in api.search.search_dashboards(folder_uids="python", type_="dash-db")]
    said["by number"] = [hit["uid"] for hit in api.search.search_dashboards(dashboard_ids=saved["id"])]
    said["versions"] = [one["message"] for one in api.dashboard_versions.get_dashboard_versions(saved["id"])["versions"]]

    for version, schema, name in [("v2beta1", dashboardv2beta1, "Visualization"), ("v2", dashboardv2, "VisualizationV2")]:
        path = f"{GROUP}/{version}/namespaces/default/dashboards"
        metadata = {"name": f"sdk-{version}", "annotations": {"grafana.app/folder": "python-inner"}}
        spec = second(schema, name)
        resource = {"apiVersion": f"dashboard.grafana.app/{version}", "kind": "Dashboard", "metadata": metadata, "spec": spec}
        answer = api.client.s.post(api.client.url.removesuffix("/api") + path, json=resource)
        assert answer.status_code == 201, answer.text
        kept = answer.json()["spec"]["elements"]
        said[version] = {"asked": sorted(spec["elements"]), "read": sorted(kept), "lost": lost(spec["elements"], kept)}
        old = api.dashboard.get_dashboard(f"sdk-{version}")["dashboard"]
        said[version]["classic"] = sorted(panel["title"] for panel in old["panels"])

    note = api.annotations.add_annotation(dashboard_uid="sdk-every", text="deployed", tags=["deploy"], time_from=1_700_000_000_000)
    api.annotations.partial_update_annotation(note["id"], text="rolled back")
    said["annotation"] = api.annotations.get_annotation(dashboard_uid="sdk-every")[0]["text"]
    snapshot = api.snapshots.create_new_snapshot(board, name="Of Python")
    said["snapshot"] = api.snapshots.get_snapshot_by_key(snapshot["key"])["dashboard"]["title"]
    said["users"] = [user["login"] for user in api.users.search_users()]
    said["health"] = {uid: api.datasource.health_inquiry(uid).success for uid in ["prometheus", "loki", "tempo"]}
    return note["id"], snapshot["key"]


def lost(asked, kept):
    """Panels that came back otherwise than they were sent."""
    return [name for name, panel in asked.items() if kept.get(name) != panel]


def remove(api, note, snapshot):
    api.annotations.delete_annotations_by_id(note)
    api.snapshots.delete_snapshot_by_key(snapshot)
    for uid in ["sdk-every", "sdk-v2beta1", "sdk-v2"]:
        api.dashboard.delete_dashboard(uid)
        refused(404, lambda uid=uid: api.dashboard.get_dashboard(uid))
    for uid in ["python-inner", "python"]:
        api.folder.delete_folder(uid)
        refused(404, lambda uid=uid: api.folder.get_folder(uid))


def main():
    api = GrafanaApi.from_url(sys.argv[1], credential=TokenAuth("anything"))
    said = {}
    note, snapshot = walk(api, said)
    if "keep" not in sys.argv[2:]:
        remove(api, note, snapshot)
    print(json.dumps(said))


main()
